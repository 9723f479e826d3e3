# Reads the result file of one test program, GoogleTest's XML or the lines of a `run` script, and prints one line a
# test: verdict, preset, test and reason, with tabs between. Variables: preset, program, exited_badly.

function print_verdict(verdict, test, reason) {
  printf "%s\t%s\t%s: %s\t%s\n", verdict, preset, program, test, reason
  if (verdict == "FAIL") failures++
}

# The value of attribute `name` in an XML line, with its entities resolved and on one line.
function attribute(line, name,    start, value) {
  start = index(line, " " name "=\"")
  if (start == 0) return ""
  value = substr(line, start + length(name) + 3)
  value = substr(value, 1, index(value, "\"") - 1)
  gsub(/&#x0A;|&#x0D;/, " ", value)
  gsub(/&lt;/, "<", value)
  gsub(/&gt;/, ">", value)
  gsub(/&quot;/, "\"", value)
  gsub(/&apos;/, "'", value)
  gsub(/&amp;/, "\\&", value)
  return value
}

function finish_case() {
  if (test != "") print_verdict(verdict, test, reason)
  test = ""
}

# GoogleTest indents by these widths, and text from tests is not indented.
/^    <testcase / {
  finish_case()
  test = attribute($0, "classname") "." attribute($0, "name")
  verdict = "PASS"
  reason = ""
  if (attribute($0, "status") == "notrun") { verdict = "SKIP"; reason = "disabled" }
  else if (attribute($0, "result") == "skipped") verdict = "SKIP"
}
/^      <failure / { verdict = "FAIL"; reason = "" }
/^      <skipped / && verdict == "SKIP" {
  reason = attribute($0, "message")
  sub(/^[^ ]*:[0-9]+ /, "", reason)  # file and line
}
# A failure or skip outside any test, in the set-up of a suite.
/^  <\/testsuite>/ { finish_case() }

/^(PASS|FAIL|SKIP) / {
  if (FILENAME ~ /\.txt$/) {
    rest = substr($0, 6)
    colon = index(rest, ": ")
    if (colon == 0) print_verdict($1, rest, "")
    else print_verdict($1, substr(rest, 1, colon - 1), substr(rest, colon + 2))
  }
}

END {
  if (exited_badly && failures == 0) print_verdict("FAIL", "exit status", "non-zero, though no test of it failed")
}
