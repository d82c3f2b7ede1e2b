#!/bin/sh
# Says what this machine lacks, each with the command that installs it; with `python` as argument, prints the
# Python to use. A command that exists is not believed until it has run: version managers leave shims that fail.
set -u

python_fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        for path in "$name" "/usr/bin/$name"; do
            if python_fits "$path"; then
                # The program itself, so that a shim that depends on the folder is not asked again.
                "$path" -c 'import sys; print(sys.executable)'
                return 0
            fi
        done
    done
    return 1
}

java_fits() {
    java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
    # The line reads: openjdk version "17.0.15" 2025-04-15
    major=$("$java" -version 2>&1 | sed -n 's/^.* version "\([0-9]*\).*$/\1/p' | head -n 1)
    [ "${major:-0}" -ge 17 ]
}

missing=0
lacks() {
    missing=1
    printf '  missing: %s\n           %s\n' "$1" "$2" >&2
}

if [ "${1:-}" = python ]; then
    find_python
    exit
fi

if python=$(find_python); then
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        lacks "the venv module of Python $version" "sudo apt-get install python$version-venv"
    fi
else
    lacks "Python 3.11, 3.12 or 3.13" "sudo apt-get install python3 python3-venv    (Debian 12 and 13)"
fi
make --version >/dev/null 2>&1 || lacks "make" "sudo apt-get install make"
java_fits || lacks "a JDK of version 17 or later" \
    "sudo apt-get install openjdk-17-jdk-headless    (Debian 13: openjdk-21-jdk-headless)"
mvn --version >/dev/null 2>&1 || lacks "Maven" "sudo apt-get install maven"

if [ "$missing" -ne 0 ]; then
    echo "Install what is missing (as root leave out sudo), then run the same command again." >&2
fi
exit "$missing"
