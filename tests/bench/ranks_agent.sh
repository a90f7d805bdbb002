#!/bin/sh
# ranks_agent.sh [-OPTION...] HOST COMMAND...: what ssh would do, for mpirun: the host 10.78.0.1 is the namespace attn1, and so on.
while [ "${1#-}" != "$1" ]; do shift; done
space=attn${1##*.}
shift
exec ip netns exec "$space" sh -c "$*"
