"""weir get: a name from outside never leaves the folder."""
import os

import harness
from harness import WeirTest


class Names(WeirTest):
    def setUp(self):
        super().setUp()
        # every path answers, with a body that tells the target
        rules = self.write("rules", "* -> /bytes/10\n")
        self.server = self.origin("--script", rules)

    def get(self, *targets, args=()):
        return self.weir("get", "-g", "-P", "out", *args,
                         *[self.server.url(t) for t in targets])

    def assert_contained(self):
        """Nothing but ours lies beside the folder, nothing odd in it."""
        self.assertEqual(sorted(set(os.listdir(self.dir)) -
                                {"home", "state", "config", "rules"} -
                                {n for n in os.listdir(self.dir)
                                 if n.startswith("journal-")}),
                         ["out"] if os.path.exists(self.path("out")) else [])
        for name in self.files():
            self.assertFalse(any(part.startswith(".") or part == ""
                                 for part in name.split("/")), name)
            self.assertFalse(any(ord(c) < 32 or ord(c) == 127
                                 for c in name), repr(name))
            self.assertLessEqual(len(os.path.basename(name).encode()), 255)

    def test_traversal(self):
        targets = ["/a/%2e%2e%2fpasswd", "/a/..%2f..%2fx", "/a/%2e%2e",
                   "/a/..%5c..%5cx", "/a/.bashrc", "/a/%2ehidden",
                   "/a/%00nul", "/a/x%00.png", "/a/%0d%0aX", "/a/%1b%5b2J",
                   "/a/CON", "/a/%7f", "/a/~", "/a/-rf", "/a/%2fetc%2fpasswd",
                   "/a/x%2fy"]
        run = self.get(*targets)
        self.ok(run)
        self.assertEqual(len(self.files()), len(targets))
        self.assert_contained()
        self.assertNotIn(b"\x1b", run.err)

    def test_long_names(self):
        self.ok(self.get("/a/" + "n" * 300, "/a/" + "n" * 301,
                         "/a/" + "%C3%A9" * 200))
        self.assertEqual(len(self.files()), 3)
        self.assert_contained()

    def test_names_that_differ_in_case_only(self):
        self.ok(self.get("/a/Name", "/b/name", "/c/NAME"))
        self.assertEqual(len({f.lower() for f in self.files()}), 3)

    def test_template_with_path_stays_inside(self):
        self.ok(self.get("/a/%2e%2e/%2e%2e/x", "/%2e%2e%2f%2e%2e%2fy", "/..z",
                         args=("-o", "{path}")))
        self.assertEqual(len(self.files()), 3)
        self.assert_contained()

    def test_content_disposition_is_made_safe(self):
        for n, name in enumerate((
                '"../../evil"', '"/etc/passwd"', '"..\\\\..\\\\evil"',
                '".bashrc"', '"a%00b"', '"' + "x" * 400 + '"', '"\x1b[2J"',
                '".."', '""', "UTF-8''..%2F..%2Fevil")):
            key = "filename*" if name.startswith("UTF") else "filename"
            value = f"attachment; {key}={name}"
            rule = f"/bytes/10?h=Content-Disposition:%20{quote(value)}"
            rules = self.write("rules", f"* -> {rule}\n")
            self.server = self.origin("--script", rules)
            run = self.get(f"/n{n}", args=("--content-disposition",))
            self.ok(run)
            self.assert_contained()
            self.assertEqual(len(self.files()), n + 1, value)

    def test_symlinked_folder_is_not_followed(self):
        os.mkdir(self.path("outside"))
        os.mkdir(self.path("out"))
        os.symlink(self.path("outside"), self.path("out/sub"))
        run = self.get("/sub/x", args=("-o", "{path}"))
        self.assertNotEqual(run.status, 0)
        self.assertEqual(os.listdir(self.path("outside")), [])

    def test_symlinked_file_is_not_written_through(self):
        self.write("victim", "precious")
        os.mkdir(self.path("out"))
        os.symlink(self.path("victim"), self.path("out/x"))
        self.get("/x", args=("--overwrite",))
        self.assertEqual(self.read("victim"), b"precious")


def quote(text):
    return "".join(c if c.isalnum() else "".join(f"%{b:02X}" for b in
                                                  c.encode("latin-1"))
                   for c in text)


if __name__ == "__main__":
    harness.main()
