# Reads the sorted verdicts of all builds; prints what was skipped and what failed, then the counts. Exits 1 when
# something failed or nothing ran.
{ count[$1]++ }
$1 == "SKIP" || $1 == "FAIL" {
  key = $3 ($4 == "" ? "" : ": " $4)
  list = $1 SUBSEP key
  if (!(list in builds)) order[++lines] = list
  builds[list] = builds[list] (builds[list] == "" ? "" : ", ") $2
}

function print_list(verdict, title,    i, parts) {
  if (count[verdict] == 0) return
  print title
  for (i = 1; i <= lines; i++) {
    split(order[i], parts, SUBSEP)
    if (parts[1] == verdict) print "  " parts[2] " (" builds[order[i]] ")"
  }
}

END {
  print_list("SKIP", "skipped:")
  print_list("FAIL", "failed:")
  printf "%d passed, %d failed, %d skipped\n", count["PASS"], count["FAIL"], count["SKIP"]
  exit count["FAIL"] > 0 || count["PASS"] == 0
}
