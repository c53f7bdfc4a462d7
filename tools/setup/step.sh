# Sourced by scripts. step "<what it does>" <command> [argument…]
# Runs the command quietly, its output in build/log/, and prints one line with the time that it took; on a terminal
# the line shows the command's latest output while it runs. When the command fails, prints the end of its log and
# ends the script.

step() {
  local what=$1 log started=$SECONDS status=0 job
  shift
  mkdir -p build/log
  log=build/log/${what//[^A-Za-z0-9]/-}.log
  printf '%-44s' "$what"
  "$@" >"$log" 2>&1 &
  job=$!
  # An interrupt must not leave a compiler running behind.
  trap 'kill "$job" 2>/dev/null; trap - INT TERM; echo; exit 130' INT TERM
  [[ -t 1 ]] && show_latest_line "$what" "$log" "$job"
  wait "$job" || status=$?
  trap - INT TERM
  if [[ $status != 0 ]]; then
    printf 'FAILED (%d s)\n\n' $((SECONDS - started))
    tail -n 40 "$log"
    printf '\nThe whole log: %s\n' "$log" >&2
    exit "$status"
  fi
  printf 'done (%d s)\n' $((SECONDS - started))
}

show_latest_line() {
  local what=$1 log=$2 job=$3 line width
  width=$(($(tput cols 2>/dev/null || echo 80) - 46))
  while kill -0 "$job" 2>/dev/null; do
    line=$(tail -n 1 "$log" | tr -d '\r')
    printf '\r\e[K%-44s%s' "$what" "${line:0:$((width > 0 ? width : 0))}"
    sleep 0.3
  done
  printf '\r\e[K%-44s' "$what"
}
