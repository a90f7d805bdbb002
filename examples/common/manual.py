"""A program's manual page and its completion in bash, from what it prints itself: manual.py man|bash PROGRAM

The source is `PROGRAM --help` and `PROGRAM COMMAND --help`, as main.c and options.c print them. A command whose help has --task
is asked for the options of each task where tasks are words."""

import os
import re
import subprocess
import sys

FILES = {"PATH", "FILE", "FOLDER", "DIR", "RUN"}  # what a value is called that is a file's name


def ask(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, encoding="utf-8").stdout


def split(text, *heads):
    """The parts of a help text before, between and behind the lines that are these heads."""
    return re.split("|".join(f"^{head}:\n" for head in heads), text, flags=re.MULTILINE)


class Command:
    """What the help of a command says. `options` are (name, argument, help); the argument of a switch is ""."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        head, options, self.example = split(text, "Options", "Example")
        usage, _, self.details = head.partition("\n\n")
        self.usage = usage.split(" ", 2)[2]
        self.options = re.findall(r"^  --(\S+) ?(\S*)\s+(.*)$", options, re.MULTILINE)
        if len(self.options) != len(re.findall(r"^  --", options, re.MULTILINE)):
            sys.exit(f"manual.py: not every option can be read in:\n{text}")


class Program:
    def __init__(self, path):
        self.name = os.path.basename(path)
        self.version = ask(path, "--version").split()[1]
        head, listed, self.example = split(ask(path, "--help"), "Commands", "Example")
        self.usage, self.purpose = head.strip().split("\n\n")
        self.commands = []
        for name in re.findall(r"^  (\S+)", listed, re.MULTILINE):
            command = Command(name, ask(path, name, "--help"))
            self.commands.append(command)
            for task in next((argument.split("|") for option, argument, _ in command.options if option == "task" and "|" in argument), []):
                other = Command(f"{name} --task {task}", ask(path, name, "--task", task, "--help"))
                if other.text != command.text:
                    self.commands.append(other)


# ---- man(7) --------------------------------------------------------------------------------------------------


def escaped(text):
    """Text that a request may begin with, or that has a backslash or a dash, means itself."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^\.", r"\\&.", text, flags=re.MULTILINE)


def as_it_stands(text):
    return f".nf\n{escaped(text.strip(chr(10)))}\n.fi\n"


def man(program):
    page = f'.TH "{program.name.upper()}" 1 "" "libattn {program.version}" "libattn"\n'
    page += f".SH NAME\n{escaped(program.name)} \\- {escaped(program.purpose.rstrip('.'))}\n"
    page += f".SH SYNOPSIS\n.B {escaped(program.usage.partition(' ')[2])}\n.SH DESCRIPTION\n{escaped(program.purpose)}\n"
    page += ".SH COMMANDS\n"
    for command in program.commands:
        page += f".SS {escaped(command.name)}\n.B {escaped(program.name)} {escaped(command.usage)}\n.PP\n"
        page += as_it_stands(command.details)
        for name, argument, words in command.options:
            page += f".TP\n\\fB\\-\\-{escaped(name)}\\fR {escaped(argument)}".rstrip() + f"\n{escaped(words)}\n"
        page += ".PP\nExample:\n.PP\n" + as_it_stands(command.example)
    return page + ".SH EXAMPLES\n" + as_it_stands(program.example)


# ---- bash ----------------------------------------------------------------------------------------------------


def bash(program):
    options, words, files, others = {}, [], [], []
    for command in program.commands:
        name = command.name.split()[0]
        known = options.setdefault(name, ["--help"])
        for option, argument, _ in command.options:
            if f"--{option}" in known:
                continue
            known.append(f"--{option}")
            if "|" in argument:
                words.append(f"        '{name} --{option}') words='{argument.replace('|', ' ')}' ;;")
            elif argument:
                (files if argument in FILES else others).append(f"'{name} --{option}'")
    lines = {"words": "\n".join(words), "files": " | ".join(files), "others": " | ".join(others), "name": program.name,
             "commands": " ".join([*options, "--help", "--version"]), "function": "_" + program.name.replace("-", "_"),
             "options": "\n".join(f"        {name}) words='{' '.join(known)}' ;;" for name, known in options.items())}
    return re.sub("@([a-z]+)@", lambda name: lines[name.group(1)], """# bash completion of @name@; written from its --help.
@function@() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=
    COMPREPLY=()
    # --option=value is three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        words='@commands@'
    else
        case "$command $before" in
@words@
        @files@)
            compopt -o default
            return
            ;;
        @others@) return ;;
        esac
    fi
    if [[ -z $words && $word == -* ]]; then
        case $command in
@options@
        esac
    fi
    if [[ -z $words ]]; then
        compopt -o default
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F @function@ @name@
""")


if __name__ == "__main__":
    what, path = sys.argv[1:]
    sys.stdout.write({"man": man, "bash": bash}[what](Program(os.path.abspath(path))))
