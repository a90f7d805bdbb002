#!/usr/bin/env python3
"""Each way of holding to 1.0 sees the break that it is there for, and takes what is only new: planted.py SOURCE CC ADAM

Breaks are planted in copies of the headers, in libraries that these declare and that do nothing, and, where it is the default of an
option that changed, in front of the library. ADAM is the test of the optimiser that is kept with 1.0."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, CC, KEPT_PROGRAM = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ABI = SOURCE / "tests/abi"
SONAME = (ABI / "1.0/symbols.txt").read_text().split()[0]
ADDED = ("gru.h", r"^ATTN_API attn_gru \*attn_gru_share", r"ATTN_API void attn_gru_new(void);\n\g<0>")


def run(*command, **more):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def made(*command):
    done = run(*command)
    assert done.returncode == 0, done.stdout
    return done.stdout


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="attn-planted-"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(ABI / "1.0/include", self.root / "include")  # what differs from 1.0 is then the break alone
        (self.root / "include/attn/experimental.h").write_text('#include "status.h"\nATTN_API void attn_trial(void);\n')
        (self.root / "lib").mkdir()
        self.write_map(self.kept_symbols())

    def kept_symbols(self):
        nodes = {}
        for line in (ABI / "1.0/symbols.txt").read_text().split()[1:]:
            name, _, node = line.partition("@@")
            nodes.setdefault(node, []).append(name)
        return nodes

    def write_map(self, nodes):
        text = ""
        for i, (node, names) in enumerate(nodes.items()):
            text += f"{node} {{\nglobal:\n{''.join(f'    {name};{chr(10)}' for name in names)}"
            text += "local:\n    *;\n};\n" if i == 0 else f"}} {list(nodes)[i - 1]};\n"
        (self.root / "lib/attn.map").write_text(text + "ATTN_EXPERIMENTAL {\nglobal:\n    attn_trial;\n};\n")

    def plant(self, header, pattern, by):
        path = self.root / "include/attn" / header
        text, count = re.subn(pattern, by, path.read_text(), count=1, flags=re.M)
        self.assertEqual(count, 1, f"{header} has no {pattern}")
        path.write_text(text)

    def headers(self):
        return sorted((self.root / "include/attn").glob("*.h"))

    # ---- the text

    def compare(self):
        promised = [path for path in self.headers() if path.stem != "experimental"]
        (self.root / "interface.c").write_text(made(sys.executable, ABI / "interface.py", *promised))
        made(CC, f"-I{self.root}/include", self.root / "interface.c", "-o", self.root / "interface")
        (self.root / "today").write_text(made(self.root / "interface"))
        return run(sys.executable, ABI / "compare.py", ABI / "1.0/interface.txt", self.root / "today")

    def test_the_text_takes_what_is_new(self):
        self.plant(*ADDED)
        self.plant("gru.h", r"^} attn_gru_options;", r"    float grown, more;\n\g<0>")
        self.plant("gru.h", r"^#define ATTN_GRU_RESET_BEFORE 1", r"\g<0>\n#define ATTN_GRU_RESET_NEVER 2")
        self.plant("gru.h", r"int32_t reserved;     ", "int32_t named;")
        done = self.compare()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, "are as they were, 6 are new")

    def broken(self, says, *breaks):
        for planted in breaks:
            self.plant(*planted)
        done = self.compare()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(says, done.stdout)

    def test_the_text_misses_a_call(self):
        self.broken("gone or changed: call attn_gru *attn_gru_share(attn_gru *gru)", ("gru.h", r"^ATTN_API attn_gru \*attn_gru_share.*", ""))

    def test_the_text_sees_another_argument(self):
        self.broken("call attn_status attn_gru_create(", ("gru.h", r"int64_t hidden_dim, const", "int32_t hidden_dim, const"))

    def test_the_text_sees_another_constant(self):
        self.broken("constant ATTN_GRU_RESET_BEFORE 1", ("gru.h", r"RESET_BEFORE 1", "RESET_BEFORE 2"))

    def test_the_text_sees_members_change_places(self):
        self.broken("member attn_gru_options 16 4 int32_t reset", 
                    ("gru.h", r"int32_t reset;(.*\n    )int32_t layer_norm;", r"int32_t layer_norm;\1int32_t reset;"))

    def test_the_text_sees_a_member_put_between(self):
        self.broken("member attn_gru_options 8 4 int32_t layers", ("gru.h", r"^    int32_t layers;", r"    float between;\n\g<0>"))

    def test_the_text_sees_a_member_put_where_padding_was(self):
        self.plant("gru.h", r"^    int64_t input_dim, hidden_dim;", r"    int32_t alone;\n\g<0>")
        padded = self.root / "interface.txt"
        self.compare()
        shutil.copy(self.root / "today", padded)
        self.plant("gru.h", r"^    int64_t input_dim, hidden_dim;", r"    int32_t put;\n\g<0>")
        self.compare()
        done = run(sys.executable, ABI / "compare.py", padded, self.root / "today")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("put into attn_gru_info, expected at its end: int32_t put", done.stdout)

    def test_the_text_sees_a_shorter_struct(self):
        self.broken("struct attn_layer_info 24", ("file.h", r"\*name, \*kind;", "*name;"))

    def test_the_text_sees_another_callback(self):
        self.broken("type attn_status (*attn_write_fn)", ("status.h", r"const void \*data, size_t size\);", "const void *data);"))

    # ---- the symbols

    def library(self, soname=SONAME, more=""):
        (self.root / "stub.c").write_text(made(sys.executable, ABI / "stub.py", *self.headers()) + more)
        made(CC, "-g", "-shared", "-fPIC", f"-I{self.root}/include", self.root / "stub.c", "-o", self.root / "libattn.so",
             f"-Wl,-soname,{soname}", f"-Wl,--version-script={self.root}/lib/attn.map")
        return self.root / "libattn.so"

    def symbols(self, **more):
        return run(sys.executable, ABI / "symbols.py", "check", self.root, self.library(**more), ABI / "1.0/symbols.txt")

    def test_symbols_take_what_a_later_version_brings(self):
        self.plant(*ADDED)
        self.write_map({**self.kept_symbols(), "ATTN_NEW": ["attn_gru_new"]})
        done = self.symbols()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 functions of ATTN_NEW", done.stdout)

    def test_symbols_miss_one(self):
        self.plant("gru.h", r"^ATTN_API attn_gru \*attn_gru_share.*", "")
        nodes = self.kept_symbols()
        next(names for names in nodes.values() if "attn_gru_share" in names).remove("attn_gru_share")
        self.write_map(nodes)
        self.assertRegex(self.symbols().stdout, r"attn_gru_share@@\w+(\.\d+)? is kept, and gone")

    def test_symbols_see_one_of_another_version(self):
        nodes = self.kept_symbols()
        next(names for names in nodes.values() if "attn_gru_share" in names).remove("attn_gru_share")
        self.write_map({**nodes, "ATTN_NEW": ["attn_gru_share"]})
        self.assertRegex(self.symbols().stdout, r"attn_gru_share@@\w+(\.\d+)? is kept, and gone")

    def test_symbols_see_one_that_no_header_declares(self):
        nodes = self.kept_symbols()
        self.write_map({**nodes, "ATTN_NEW": ["attn_gru_new"]})
        self.assertIn("attn_gru_new is in attn.map, but declared in no header", self.symbols(more="void attn_gru_new(void) {}").stdout)

    def test_symbols_see_one_more_of_a_version_that_was_released(self):
        self.plant(*ADDED)
        nodes = self.kept_symbols()
        next(iter(nodes.values())).append("attn_gru_new")
        self.write_map(nodes)
        self.assertRegex(self.symbols().stdout, r"attn_gru_new@@\w+(\.\d+)? is new: it belongs to a version of its own, ATTN_1\.")

    def test_symbols_see_another_soname(self):
        self.assertIn(f"{SONAME} is kept, and gone", self.symbols(soname="libattn.so.7").stdout)

    def test_symbols_see_what_a_library_does_not_call(self):
        more = "\n#include <stdlib.h>\nattn_status attn_gives_up(void); attn_status attn_gives_up(void) { abort(); }"
        self.assertIn("the library uses abort", self.symbols(more=more).stdout)

    # ---- abidiff

    def abidiff(self):
        done = run("sh", ABI / "abidiff.sh", SOURCE, CC, self.library(), self.root / "include")
        if done.returncode == 77:
            self.skipTest(done.stdout)
        return done

    def test_abidiff_takes_what_is_new(self):
        self.plant(*ADDED)
        self.plant("gru.h", r"^} attn_gru_options;", r"    float grown, more;\n\g<0>")
        self.write_map({**self.kept_symbols(), "ATTN_NEW": ["attn_gru_new"]})
        done = self.abidiff()
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_abidiff_misses_a_call(self):
        self.plant("gru.h", r"^ATTN_API attn_gru \*attn_gru_share.*", "")
        self.assertRegex(self.abidiff().stdout, r"\[D\] 'function attn_gru\* attn_gru_share\(attn_gru\*\)'")

    def test_abidiff_sees_another_argument(self):
        self.plant("gru.h", r"int64_t hidden_dim, const", "int32_t hidden_dim, const")
        done = self.abidiff()
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("typedef name changed from int64_t to int32_t", done.stdout)

    def test_abidiff_sees_a_member_put_between(self):
        self.plant("gru.h", r"^    int32_t layers;", r"    int64_t between;\n\g<0>")
        done = self.abidiff()
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("'int64_t between'", done.stdout)

    # ---- programs of 1.0

    def test_programs_see_another_default(self):
        """An optimiser whose beta2 is .99 where nobody says one: the same headers, the same symbols."""
        (self.root / "default.c").write_text(r"""
#define _GNU_SOURCE
#include <attn/attn.h>
#include <dlfcn.h>
attn_status attn_adam_create(attn_params *params, const attn_adam_options *options, attn_adam **out)
{
    attn_status (*create)(attn_params *, const attn_adam_options *, attn_adam **);
    attn_adam_options other = options ? *options : (attn_adam_options)ATTN_ADAM_OPTIONS_INIT;
    *(void **)&create = dlsym(RTLD_NEXT, "attn_adam_create");
    if (other.beta2 == 0)
        other.beta2 = 0.99f;
    return create(params, &other, out);
}
""")
        made(CC, "-shared", "-fPIC", f"-I{self.root}/include", self.root / "default.c", "-o", self.root / "default.so", "-ldl")
        self.assertEqual(run(KEPT_PROGRAM).returncode, 0)
        done = run(KEPT_PROGRAM, env={**os.environ, "LD_PRELOAD": str(self.root / "default.so")})
        self.assertEqual(done.returncode, 1, done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
