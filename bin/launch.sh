# Sourced by the scripts beside it: runs the tool that the script is named after, in this very process, so that signals and exit codes
# are the tool's. $self and $here are set by the script. Settings for a Java machine (KAFKA_HEAP_OPTS ...) have no meaning here.
name=${self##*/}
name=${name%.sh}
# The toolset's own spelling has this name, too.
case $name in connect-*) tool=$name.sh ;; *) tool=$name ;; esac

if ! command -v node > /dev/null; then
  echo "$name needs Node.js 20.19 or later, and there is no 'node' in PATH." >&2
  exit 127
fi
exec node "$here/run.js" "$tool" "$@"
