#!/usr/bin/env bash
# Shows that docker-compose.yml keeps its promises. For each of two recipes: submits the job, kills a TaskManager under it while
# records keep coming, and compares what Kafka then holds with what was sent. The last line is "accepted"; it takes six minutes.
#
# Needs Docker with Compose 2 (2.26 was used), a JDK 17, curl, and the ports 8081 and 9092. It is a Compose project of its own: the
# volumes of your cluster are not touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export COMPOSE_PROJECT_NAME=flink-cookbook-acceptance
jobmanager=http://localhost:8081
scratch=$(mktemp -d)

say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

fail() {
  say "FAILED: $*"
  exit 1
}

clean_up() {
  local code=$?
  rm -f "$scratch/sending"
  [ "$code" = 0 ] || docker compose logs --tail 100 >&2 || true
  docker compose down -v --timeout 5 >/dev/null 2>&1 || say "docker compose down -v has failed"
  rm -rf "$scratch"
  exit "$code"
}

up() { docker compose up -d --wait 2>"$scratch/log" || fail "$(cat "$scratch/log")"; }

wait_for() { # WHAT COMMAND...: three minutes at most; Flink may need one to find that a TaskManager is gone
  local what=$1 deadline=$((SECONDS + 180))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "waited in vain for $what"
    sleep 1
  done
}

# ---- Kafka, with the tools that its image has

kafka() { # TOOL [args]
  local tool=$1
  shift
  docker compose exec -T kafka "/opt/kafka/bin/$tool.sh" --bootstrap-server kafka:19092 "$@"
}

create_topic() { kafka kafka-topics --create --topic "$1" --partitions 2 </dev/null >/dev/null 2>&1; }

produce() { kafka kafka-console-producer --topic "$1"; } # a record for each line of stdin

committed() { # TOPIC [args]: the records that a consumer may see, until none has come for five seconds
  local topic=$1
  shift
  kafka kafka-console-consumer --topic "$topic" --from-beginning --isolation-level read_committed --timeout-ms 5000 "$@" \
    </dev/null 2>/dev/null
}

has_delivered() { [ "$(committed "$1" --max-messages "$2" | wc -l)" -eq "$2" ]; } # TOPIC RECORDS: at least so many

compare() { # TOPIC [FILTER]: what the filter makes of its records with the lines of stdin, in any order
  sort >"$scratch/expected"
  committed "$1" | "${2:-cat}" | sort >"$scratch/delivered"
  diff "$scratch/expected" "$scratch/delivered" >"$scratch/diff" ||
    fail "$1: $(grep -c '^<' "$scratch/diff") records lost, $(grep -c '^>' "$scratch/diff") too many"
  say "$1${2:+, $2}: exactly the $(($(wc -l <"$scratch/expected"))) records that were due"
}

# ---- Flink

rest() { curl -sS "$jobmanager$1"; } # PATH

submit() { # RECIPE [flags]: on two slots; $job is then its id
  ./cookbook submit "$@" --jobmanager "$jobmanager" --parallelism 2 >"$scratch/submitted" 2>"$scratch/log" ||
    fail "$(tail -n 5 "$scratch/log")"
  job=$(sed -n 's/^submitted job=\([0-9a-f]*\) .*/\1/p' "$scratch/submitted")
}

run_with_a_wrong_flag() { # RECIPE FLAG VALUE: prints the JobManager's answer; ./cookbook submit would not send this
  local jar
  jar=$(curl -sSf -F "jarfile=@$1/target/$1-job.jar" "$jobmanager/jars/upload" | sed -n 's:.*"filename"\:".*/\([^"]*\)".*:\1:p')
  curl -sS -H 'Content-Type: application/json' -d "{\"programArgsList\":[\"$2\",\"$3\"]}" "$jobmanager/jars/$jar/run"
}

runs() { rest "/jobs/$1/status" | grep -q '"RUNNING"'; } # JOB

has_restarted() { rest "/jobs/$1/metrics?get=numRestarts" | grep -q '"value":"[1-9]'; } # JOB

flink_stop() { # JOB: with a savepoint
  docker compose exec -T jobmanager flink stop "$1" </dev/null >"$scratch/stop" || fail "$(cat "$scratch/stop")"
  say "stopped it; $(grep -o 'Path: file:/*flink/savepoints/[^ ]*' "$scratch/stop")"
}

newest_checkpoint() {
  docker compose exec -T jobmanager bash -c 'dirname "$(ls -t /flink/checkpoints/*/chk-*/_metadata | head -n 1)"' </dev/null
}

jobmanager_started() { docker inspect --format '{{.State.StartedAt}}' "$(docker compose ps -q jobmanager)"; }

# ---- What is sent, FROM one number TO another, and what must come of it

payments() { seq -f '{"paymentId":"p-%g"}' "$1" "$2"; }

transfers() { # of as many euros as the number says, from one of ten accounts to the next
  awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++) printf \
    "{\"transferId\":\"t-%d\",\"from\":\"a-%d\",\"to\":\"a-%d\",\"amount\":\"%d.00\",\"at\":\"2026-01-01T00:00:00Z\"}\n", \
    i, i % 10, (i + 1) % 10, i }'
}

postings() { # each transfer on both accounts
  awk -v to="$1" 'BEGIN { for (i = 1; i <= to; i++) {
    printf "t-%d a-%d -%d.00\n", i, i % 10, i
    printf "t-%d a-%d %d.00\n", i, (i + 1) % 10, i } }'
}

sequences() { postings "$1" | awk '{ print $2, ++entries[$2] }'; } # the entries of each account, numbered

ledger_fields() { # transfer, account, delta, balance, sequence
  sed 's/.*"transferId":"\(.*\)","account":"\(.*\)","delta":"\(.*\)","balance":"\(.*\)","sequence":\(.*\)}/\1 \2 \3 \4 \5/'
}

ledger_postings() { ledger_fields | awk '{ print $1, $2, $3 }'; }

ledger_sequences() { # without the entries whose balance is not the sum up to them
  ledger_fields | sort -k 2,2 -k 5,5n | awk '{ sum[$2] += $3; if (sum[$2] == $4 + 0) print $2, $5 }'
}

keep_sending() { # LINES: a hundred a second, as long as there is a file "sending"
  local sent=0
  while [ -e "$scratch/sending" ]; do
    "$1" $((sent + 1)) $((sent + 100))
    sent=$((sent + 100))
    echo "$sent" >"$scratch/sent"
    sleep 1
  done
}

# ----

survive() { # JOB LINES INPUT OUTPUT PER_LINE: kills a TaskManager under the job; $total is then how many were sent
  local job=$1 lines=$2 input=$3 output=$4 per_line=$5 sending sent
  touch "$scratch/sending"
  keep_sending "$lines" | produce "$input" &
  sending=$!
  wait_for "the first records" has_delivered "$output" 1
  docker kill "$(docker compose ps -q taskmanager | sed -n 1p)" >/dev/null
  say "killed a TaskManager"
  sent=$(cat "$scratch/sent")
  wait_for "the job to restart" has_restarted "$job"
  # A batch may have been on its way.
  wait_for "records that were sent after the kill" has_delivered "$output" $(((sent + 101) * per_line))
  say "the job has gone on without it"
  [ "$(docker compose ps -q taskmanager | wc -l)" -eq 1 ] || fail "the TaskManager that was killed came back by itself"
  up
  say "started it again"
  rm "$scratch/sending"
  wait "$sending"
  total=$(cat "$scratch/sent")
}

docker compose config -q
trap clean_up EXIT
docker compose down -v >/dev/null 2>&1 # what an earlier run may have left

up
say "up and healthy"

for topic in payments payments.deduplicated payments.dead-letters; do create_topic "$topic"; done
submit deduplication
say "submitted deduplication, without --bootstrap-servers"
survive "$job" payments payments payments.deduplicated 1

docker compose down 2>"$scratch/log" || fail "$(cat "$scratch/log")"
up
say "took everything down and up again"
checkpoint=$(newest_checkpoint)
submit deduplication --from-savepoint "$checkpoint"
say "submitted deduplication, from $checkpoint"
started=$(jobmanager_started)
total=$((total + 100))
payments 1 "$total" | produce payments # All of it once more, and some that are new: state has survived.
wait_for "the last payments" has_delivered payments.deduplicated "$total"
flink_stop "$job"
payments 1 "$total" | compare payments.deduplicated
compare payments.dead-letters </dev/null

# Outside the containers the same job finds the same Kafka, at its default localhost:9092.
./cookbook job deduplication --bounded --output-topic payments.here --create-topics 2>"$scratch/log" ||
  fail "$(tail -n 20 "$scratch/log")"
payments 1 "$total" | compare payments.here

for topic in transfers ledger transfers.dead-letters; do create_topic "$topic"; done
submit exactly-once
say "submitted exactly-once"
survive "$job" transfers transfers ledger 2
wait_for "the last transfers" has_delivered ledger $((total * 2))

answer=$(run_with_a_wrong_flag deduplication --retention 24)
grep -q -- "--retention: got '24', expected a duration" <<<"$answer" || fail "a wrong flag over REST: $answer"
runs "$job" || fail "a wrong flag of another job has ended this one"
[ "$(jobmanager_started)" = "$started" ] || fail "the JobManager has been restarted"
say "a wrong flag over REST is an answer; the JobManager lives"

flink_stop "$job"
postings "$total" | compare ledger ledger_postings
sequences "$total" | compare ledger ledger_sequences
compare transfers.dead-letters </dev/null

docker compose down -v 2>/dev/null
say "accepted"
