"""The examples of weir get, run as they stand against the demo site."""
import os
import subprocess

import harness
from harness import WeirTest

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "examples")


class Examples(WeirTest):
    def example(self, name, path):
        server = self.origin()
        env = dict(os.environ, WEIR=str(harness.WEIR),
                   XDG_STATE_HOME=os.path.join(self.dir, "state"))
        run = subprocess.run(
            [os.path.join(EXAMPLES, name), server.url(path), "out"],
            cwd=self.dir, env=env, timeout=60, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return server

    def test_tiles(self):
        server = self.example("tiles-at-once.sh", "/demo/tiles")
        for folder in ("one", "all", "ten"):
            names = os.listdir(os.path.join(self.dir, "out", folder))
            self.assertEqual(len(names), 20, names)
        self.assertEqual(len(server.arrivals()), 60)

    def test_avatars(self):
        self.example("avatars.sh", "/demo/avatars")
        names = sorted(os.listdir(os.path.join(self.dir, "out")))
        self.assertEqual(names, [f"user-{n:02}.png" for n in range(1, 7)])
        for name in names:
            with open(os.path.join(self.dir, "out", name), "rb") as f:
                self.assertEqual(f.read(4), b"\x89PNG")


if __name__ == "__main__":
    harness.main()
