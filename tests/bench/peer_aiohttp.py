#!/usr/bin/env python3
"""Fetches a list with aiohttp, as a careful user would write it.

  peer_aiohttp.py LIST CONNECTIONS [FOLDER]

One session, CONNECTIONS tasks that share an iterator over the list, bodies
streamed to FOLDER (or read and dropped).
"""

import argparse
import asyncio
import os
import sys

import aiohttp


async def save(response, path):
    with open(path + ".part", "wb") as out:
        async for chunk in response.content.iter_chunked(1 << 18):
            out.write(chunk)
    os.rename(path + ".part", path)


async def drop(response):
    async for _ in response.content.iter_chunked(1 << 18):
        pass


async def worker(session, urls, folder, failed):
    for url in urls:
        try:
            async with session.get(url) as response:
                response.raise_for_status()
                if folder:
                    name = url.split("://", 1)[1].replace("/", "_")
                    await save(response, os.path.join(folder, name))
                else:
                    await drop(response)
        except (aiohttp.ClientError, OSError) as error:
            print(url, error, file=sys.stderr)
            failed.append(url)


async def fetch(options):
    connector = aiohttp.TCPConnector(limit=options.connections)
    failed = []
    with open(options.list, encoding="utf-8") as lines:
        urls = iter([line.strip() for line in lines])
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*[
            worker(session, urls, options.folder, failed)
            for _ in range(options.connections)])
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("list")
    parser.add_argument("connections", type=int)
    parser.add_argument("folder", nargs="?")
    sys.exit(asyncio.run(fetch(parser.parse_args())))


if __name__ == "__main__":
    main()
