# The session of the ZooKeeper era exactly as its documents have it, with their ports and their files, in a world of its own: run as the
# first process of new network, mount and process namespaces. The argument is the project's root.
[ "$$" = 1 ] && [ "$(cat /proc/1/comm)" = bash ] || exit 98
mount --bind "$1" /mnt && mount -t tmpfs tmpfs /tmp && cd /mnt || exit 97
ip link set lo up || exit 97
command -v nc > /dev/null || nc() { exec 3<> "/dev/tcp/$1/$2"; cat >&3; cat <&3; exec 3>&-; }
until_shown() { for _ in $(seq 200); do grep -q "$1" "$2" && return; sleep 0.1; done; echo "never shown: $1"; cat "$2"; exit 1; }

bin/zookeeper-server-start.sh config/zookeeper.properties > /tmp/zookeeper.log 2>&1 &
until_shown 'binding to port' /tmp/zookeeper.log
bin/kafka-server-start.sh config/server.properties > /tmp/kafka.log 2>&1 &
kafka=$!
until_shown 'Kafka Server started' /tmp/kafka.log
bin/kafka-topics.sh -zookeeper localhost:2181 -create -topic Mytopic -partitions 2 -replication-factor 1
bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic Mytopic > /tmp/seen 2> /dev/null &
until [ -s /tmp/seen ]; do
  echo 'This is a message' | bin/kafka-console-producer.sh --broker-list localhost:9092 --topic Mytopic
done
head -n 1 /tmp/seen
echo stat | nc localhost 2181 | grep Mode
bin/zookeeper-shell.sh localhost:2181 ls /brokers/ids | tail -n 1
bin/kafka-topics.sh --bootstrap-server localhost:9092 --topic kaninitopic --partitions 3 --replication-factor 1 --create
cd /tmp && echo -e "all streams lead to kafka\nhello kafka streams\njoin kafka summit" > file-input.txt && cd /mnt || exit 96
bin/kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 1 --partitions 1 --topic streams-file-input
bin/kafka-console-producer.sh --broker-list localhost:9092 --topic streams-file-input < /tmp/file-input.txt
bin/kafka-run-class.sh org.apache.kafka.streams.examples.wordcount.WordCountDemo
bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic streams-wordcount-output --from-beginning \
  --formatter kafka.tools.DefaultMessageFormatter --property print.key=true --property print.value=true \
  --property key.deserializer=org.apache.kafka.common.serialization.StringDeserializer \
  --property value.deserializer=org.apache.kafka.common.serialization.LongDeserializer --max-messages 8 2> /dev/null | grep "$(printf '\t')"
bin/kafka-server-stop.sh
wait "$kafka"
echo "kafka ended with $?"
bin/zookeeper-server-stop.sh
