# Leaves of ctest's output one line a program and what failing programs said.
/^Could not find executable/,/^Unable to find executable/d
/^Internal ctest/d
/^Test project/d
/^ *Start /d
/^Running main() from/d
/^$/d
# ctest's own summary; summary.awk prints ours.
/^[0-9]*% tests passed/,$d
