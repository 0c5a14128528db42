import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The application of `test/compat/streams-twin.compat.test.ts`, until its input ends: `NAME=VALUE` for each property. Its outputs have the
 * application's id in front. Prints `RUNNING` when all its tasks do.
 */
public class StreamsTwin {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        for (String arg : args) properties.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        String out = properties.getProperty("application.id") + "-out-";
        StreamsBuilder builder = new StreamsBuilder();
        KTable<String, String> users = builder.table("users");
        KStream<String, String> orders = builder.stream("orders");
        orders.join(users, (order, user) -> user + " buys " + order).to(out + "joined");
        orders.leftJoin(users.filter((key, user) -> !user.startsWith("x")).mapValues(user -> user.toUpperCase()),
            (order, user) -> user + " gets " + order).to(out + "left");
        users.filter((key, user) -> user.length() > 3).mapValues(user -> user + "!").toStream().to(out + "long");
        orders.groupByKey().reduce((before, order) -> before + "+" + order, Materialized.as("baskets"))
            .toStream().to(out + "baskets");
        orders.groupByKey().aggregate(() -> "", (key, order, all) -> order.equals("none") ? null : all + order.charAt(0))
            .toStream().to(out + "letters");
        KTable<String, Long> words = orders.flatMapValues(order -> List.of(order.split("-")))
            .groupBy((key, word) -> word).count();
        Materialized<String, Long, KeyValueStore<Bytes, byte[]>> often = Materialized.as("often");
        often.withKeySerde(Serdes.String()).withValueSerde(Serdes.Long());
        words.toStream().to(out + "words", Produced.with(Serdes.String(), Serdes.Long()));
        words.filter((word, count) -> count > 1, often).toStream()
            .to(out + "often", Produced.with(Serdes.String(), Serdes.Long()));
        orders.selectKey((key, order) -> order).repartition(Repartitioned.<String, String>as("by-order").withNumberOfPartitions(2))
            .toTable(Materialized.as("last")).toStream().to(out + "last");
        orders.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(60), Duration.ofMillis(10))).count(Materialized.as("windowed"))
            .toStream().to(out + "windowed", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 60), Serdes.Long()));
        Materialized<String, Long, WindowStore<Bytes, byte[]>> closing = Materialized.as("closing");
        closing.withKeySerde(Serdes.String()).withValueSerde(Serdes.Long());
        orders.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(50))).count(closing)
            .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
            .toStream().to(out + "final", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 50), Serdes.Long()));
        orders.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMillis(40))).reduce((before, order) -> before + "+" + order)
            .toStream().to(out + "sessions", Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), Serdes.String()));
        orders.groupByKey().windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(50), Duration.ofMillis(30))).count()
            .toStream().to(out + "sliding", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 50), Serdes.Long()));
        KTable<String, String> newest = orders.toTable();
        users.outerJoin(newest, (user, order) -> user + " had " + order).toStream().to(out + "outer");
        users.leftJoin(newest, (user, order) -> user + " has " + order, Materialized.as("having"))
            .filter((key, value) -> !value.contains("none")).toStream().to(out + "having");
        KStream<String, String> milk = orders.filter((key, order) -> order != null && order.startsWith("milk"));
        orders.join(milk, (order, drink) -> order + " with " + drink,
            JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMillis(70)).before(Duration.ofMillis(20))).to(out + "near");
        // Nothing goes on alone while the program runs: when that happens depends on the time on the wall.
        orders.outerJoin(milk, (order, drink) -> order + " without " + drink,
            JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofHours(1)), StreamJoined.as("pairs")).to(out + "pairs");
        newest.join(users, order -> "k" + order.length() % 5, (order, user) -> order + " of " + user).toStream().to(out + "foreign");
        newest.leftJoin(users, (key, order) -> order.equals("none") ? null : "k" + order.length() % 5, (order, user) -> order + " or " + user,
            TableJoined.as("lefts"), Materialized.as("left-results")).toStream().to(out + "lefts");
        EmitStrategy close = EmitStrategy.onWindowClose();
        orders.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(50), Duration.ofMillis(10)).advanceBy(Duration.ofMillis(20))).emitStrategy(close)
            .count(Materialized.as("closed")).toStream().to(out + "closed", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 50), Serdes.Long()));
        orders.groupByKey().windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(Duration.ofMillis(50))).emitStrategy(close).count()
            .toStream().to(out + "slid", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 50), Serdes.Long()));
        orders.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMillis(40))).emitStrategy(close).reduce((before, order) -> before + "+" + order)
            .toStream().to(out + "ended", Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), Serdes.String()));
        orders.groupByKey().cogroup((String key, String order, String all) -> all + order.charAt(0))
            .cogroup(users.toStream().filter((key, user) -> user != null).groupByKey(), (key, user, all) -> all + user.toUpperCase())
            .aggregate(() -> "").toStream().to(out + "cogrouped");
        KTable<String, Long> fans = users.groupBy((key, user) -> KeyValue.pair(user.substring(0, 1), user)).count(Materialized.as("fans"));
        fans.toStream().to(out + "fans", Produced.with(Serdes.String(), Serdes.Long()));
        GlobalKTable<String, String> facts = builder.globalTable("facts", Materialized.as("facts"));
        orders.leftJoin(facts, (key, order) -> order, (order, fact) -> order + " is " + fact).to(out + "facts");
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.setUncaughtExceptionHandler(failure -> {
            failure.printStackTrace();
            return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) System.out.println(now);
        });
        streams.start();
        while (System.in.read() >= 0) ;
        streams.close();
    }
}
