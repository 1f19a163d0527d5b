"""Volumes of ConfigMaps and Secrets are laid out, and change, as a kubelet does it."""
import os
import pathlib
import tempfile
import unittest

from ..volumes import write


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "volume"

    def test_a_file_is_a_link_into_the_folder_of_the_moment(self):
        write(self.folder, {"tls.crt": (b"one", 0o440)}, None)
        self.assertEqual((self.folder / "tls.crt").read_bytes(), b"one")
        self.assertEqual(os.readlink(self.folder / "tls.crt"), "..data/tls.crt")

    def test_all_files_change_at_once_and_what_is_gone_goes(self):
        write(self.folder, {"tls.crt": (b"one", 0o440), "tls.key": (b"key one", 0o440)}, None)
        before = os.readlink(self.folder / "..data")
        write(self.folder, {"tls.crt": (b"two", 0o440)}, None)
        self.assertNotEqual(os.readlink(self.folder / "..data"), before)
        self.assertEqual((self.folder / "tls.crt").read_bytes(), b"two")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["..2", "..data", "tls.crt"])

    def test_the_group_may_read_what_the_owner_may(self):
        write(self.folder, {"key": (b"", 0o400)}, os.getegid())
        facts = (self.folder / "key").stat()
        self.assertEqual((facts.st_gid, facts.st_mode & 0o777), (os.getegid(), 0o440))
