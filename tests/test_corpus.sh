#!/bin/sh
# What the fuzzers (`make fuzz`) begin with, and what they once found, fed to the readers without a fuzzer.
. "$(dirname "$0")/lib.sh"
for folder in tests/corpus/*/; do
    name=$(basename "$folder")
    ok "the reader of every $name" "$BUILD/corpus/$name" "$folder"*
done
finish
