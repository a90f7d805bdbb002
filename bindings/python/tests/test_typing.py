"""The program whose types mypy checks (tests/meson.build has that test) is one that runs."""

import typed


def test_the_typed_program_runs(tmp_path, capsys):
    typed.main(tmp_path / "model")
    assert capsys.readouterr().out.splitlines()[-1].startswith(("yes ", "no "))
