import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import java.util.function.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Runs programs of Apache's DSL in its TopologyTestDriver, record by record: reads `test/streams/golden/dialogs.txt` on standard input, and
 * writes it anew. `== NAME` begins a program, `> TOPIC KEY VALUE TIMESTAMP` is a record for it, `~ MILLISECONDS` moves the clock on, and the lines below are what came of it, the
 * changelogs' records included. Needs kafka-streams-test-utils on the class path, besides Apache's other jars.
 */
public class StreamsDialogs {
    static final Map<String, Consumer<StreamsBuilder>> PROGRAMS = new LinkedHashMap<>();
    static final Serde<String> TEXT = Serdes.String();

    static Duration ms(long ms) {
        return Duration.ofMillis(ms);
    }

    static KGroupedStream<String, String> grouped(StreamsBuilder b) {
        return b.stream("in", Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT));
    }

    static <V> void out(KTable<Windowed<String>, V> table, Serde<Windowed<String>> keys, Serde<V> values) {
        table.toStream().to("out", Produced.with(keys, values));
    }

    static Serde<Windowed<String>> time(long size) {
        return WindowedSerdes.timeWindowedSerdeFrom(String.class, size);
    }

    static Serde<Windowed<String>> session() {
        return WindowedSerdes.sessionWindowedSerdeFrom(String.class);
    }

    static <S extends org.apache.kafka.streams.processor.StateStore> Materialized<String, String, S> texts() {
        return Materialized.with(TEXT, TEXT);
    }

    static String letters(String key, String value, String all) {
        return "none".equals(value) ? null : (all == null ? "" : all) + (value == null ? "?" : value.charAt(0));
    }

    static void windows() {
        PROGRAMS.put("tumbling count", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(5)))
            .count(Materialized.as("counts")), time(10), Serdes.Long()));
        PROGRAMS.put("hopping reduce", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeWithNoGrace(ms(10)).advanceBy(ms(4)))
            .reduce((all, value) -> all + "+" + value, texts()), time(10), TEXT));
        PROGRAMS.put("tumbling aggregate without a cache, filtered", b -> out(grouped(b)
            .windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(20)))
            .aggregate(() -> "", StreamsDialogs::letters,
                Materialized.<String, String, WindowStore<Bytes, byte[]>>as("letters").withValueSerde(TEXT).withCachingDisabled())
            .filter((key, value) -> value.length() > 1), time(10), TEXT));
        PROGRAMS.put("tumbling aggregate behind a map", b -> out(b.stream("in", Consumed.with(TEXT, TEXT))
            .groupBy((key, value) -> value, Grouped.with("by-value", TEXT, TEXT))
            .windowedBy(TimeWindows.ofSizeWithNoGrace(ms(10)))
            .aggregate(() -> "", StreamsDialogs::letters, texts()), time(10), TEXT));
        PROGRAMS.put("short retention", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeWithNoGrace(ms(10)))
            .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("kept").withRetention(ms(10))), time(10), Serdes.Long()));
        PROGRAMS.put("unlimited", b -> grouped(b).windowedBy(UnlimitedWindows.of().startOn(Instant.ofEpochMilli(12)))
            .count(Materialized.as("all")).toStream((key, value) -> key.key() + key.window().start())
            .to("out", Produced.with(TEXT, Serdes.Long())));
        PROGRAMS.put("sliding aggregate", b -> out(grouped(b)
            .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(10), ms(15)))
            .aggregate(() -> "", StreamsDialogs::letters, Materialized.<String, String, WindowStore<Bytes, byte[]>>as("slid")
                .withValueSerde(TEXT).withCachingDisabled()), time(10), TEXT));
        PROGRAMS.put("sliding count", b -> out(grouped(b).windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(ms(7)))
            .count(), time(7), Serdes.Long()));
        PROGRAMS.put("session count", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(6), ms(4)))
            .count(Materialized.as("sessions")), session(), Serdes.Long()));
        PROGRAMS.put("session reduce without a cache", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapWithNoGrace(ms(5)))
            .reduce((all, value) -> all + "+" + value, Materialized.<String, String, SessionStore<Bytes, byte[]>>as("joined")
                .withCachingDisabled()), session(), TEXT));
        PROGRAMS.put("session aggregate, filtered", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(5), ms(30)))
            .aggregate(() -> "", StreamsDialogs::letters, (key, one, two) -> one + two, texts())
            .filter((key, value) -> value.length() > 1), session(), TEXT));
    }

    static void repartitions() {
        PROGRAMS.put("repartition without keys", b -> stream(b, "in").selectKey((key, value) -> value)
            .repartition(Repartitioned.<String, String>as("again").withKeySerde(TEXT).withValueSerde(TEXT)).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("joins behind a change of keys", b -> {
            KTable<String, String> other = table(b, "other");
            KStream<String, String> keyed = stream(b, "in").selectKey((key, value) -> value);
            keyed.join(other, BOTH, Joined.with(TEXT, TEXT, TEXT, "inner")).to("out", Produced.with(TEXT, TEXT));
            keyed.leftJoin(other, BOTH, Joined.with(TEXT, TEXT, TEXT, "left")).to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("left join behind a repartition", b -> stream(b, "in")
            .repartition(Repartitioned.<String, String>as("again").withKeySerde(TEXT).withValueSerde(TEXT))
            .leftJoin(table(b, "other"), BOTH, Joined.with(TEXT, TEXT, TEXT)).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("table behind a change of keys", b -> stream(b, "in").selectKey((key, value) -> value)
            .toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("kept").withKeySerde(TEXT).withValueSerde(TEXT))
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("aggregate of late records", b -> grouped(b)
            .aggregate(() -> "", StreamsDialogs::letters, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("all")
                .withValueSerde(TEXT).withCachingDisabled())
            .filter((key, value) -> value.length() > 1).toStream().to("out", Produced.with(TEXT, TEXT)));
    }

    static KTable<String, String> table(StreamsBuilder b, String topic) {
        return b.table(topic, Consumed.with(TEXT, TEXT));
    }

    static final ValueJoiner<String, String, String> BOTH = (one, two) -> one + "&" + two;

    static void tables() {
        PROGRAMS.put("table join", b -> table(b, "in").join(table(b, "other"), BOTH)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("table left join", b -> table(b, "in").leftJoin(table(b, "other"), BOTH)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("table outer join", b -> table(b, "in").outerJoin(table(b, "other"), BOTH)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("table joins in stores", b -> {
            KTable<String, String> in = table(b, "in");
            KTable<String, String> other = table(b, "other");
            in.join(other, BOTH, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("inner").withValueSerde(TEXT))
                .toStream().to("out", Produced.with(TEXT, TEXT));
            in.leftJoin(other, BOTH, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("left").withValueSerde(TEXT).withCachingDisabled())
                .filter((key, value) -> value.length() > 8).toStream().to("out", Produced.with(TEXT, TEXT));
            in.outerJoin(other, BOTH, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("outer").withValueSerde(TEXT))
                .filter((key, value) -> value.length() > 8).toStream().to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("table joins of joins", b -> {
            KTable<String, String> in = table(b, "in").mapValues(value -> value + "!");
            KTable<String, String> other = table(b, "other").filter((key, value) -> value.length() > 3);
            KTable<String, String> left = in.leftJoin(other, BOTH);
            KTable<String, String> outer = other.outerJoin(in, BOTH);
            left.join(outer, (one, two) -> one + "/" + two).filter((key, value) -> value.length() > 16)
                .toStream().to("out", Produced.with(TEXT, TEXT));
            b.stream("asks", Consumed.with(TEXT, TEXT)).join(left, (ask, found) -> ask + ":" + found)
                .to("out", Produced.with(TEXT, TEXT));
            b.stream("asks-too", Consumed.with(TEXT, TEXT)).join(outer, (ask, found) -> ask + ":" + found)
                .to("out", Produced.with(TEXT, TEXT));
        });
    }

    static KStream<String, String> stream(StreamsBuilder b, String topic) {
        return b.stream(topic, Consumed.with(TEXT, TEXT));
    }

    static void streams() {
        StreamJoined<String, String, String> joined = StreamJoined.with(TEXT, TEXT, TEXT);
        PROGRAMS.put("stream join", b -> stream(b, "in").join(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceWithNoGrace(ms(5)), joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream join, before and after", b -> stream(b, "in").join(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceAndGrace(ms(5), ms(10)).before(ms(0)).after(ms(12)), joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream left join", b -> stream(b, "in").leftJoin(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceWithNoGrace(ms(5)), joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream left join, before and after", b -> stream(b, "in").leftJoin(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceAndGrace(ms(5), ms(4)).before(ms(8)).after(ms(2)), joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream outer join", b -> stream(b, "in").outerJoin(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceAndGrace(ms(5), ms(3)), joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream outer join, before and after", b -> stream(b, "in").outerJoin(stream(b, "other"), BOTH,
            JoinWindows.ofTimeDifferenceWithNoGrace(ms(5)).before(ms(3)).after(ms(9)), joined.withStoreName("pairs")).to("out", Produced.with(TEXT, TEXT)));
    }

    static void repartitionedStreams() {
        StreamJoined<String, String, String> joined = StreamJoined.with(TEXT, TEXT, TEXT);
        JoinWindows windows = JoinWindows.ofTimeDifferenceWithNoGrace(ms(5));
        PROGRAMS.put("stream join behind changes of keys", b -> stream(b, "in").selectKey((key, value) -> value)
            .join(stream(b, "other").selectKey((key, value) -> value), BOTH, windows, joined).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream left join behind changes of keys", b -> stream(b, "in").selectKey((key, value) -> key.equals("a") ? null : value)
            .leftJoin(stream(b, "other").selectKey((key, value) -> key.equals("a") ? null : value), BOTH, windows, joined.withName("named")).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("stream outer join behind changes of keys", b -> stream(b, "in").selectKey((key, value) -> key.equals("a") ? null : value)
            .outerJoin(stream(b, "other").selectKey((key, value) -> key.equals("a") ? null : value), BOTH, windows, joined).to("out", Produced.with(TEXT, TEXT)));
    }

    static void suppressions() {
        PROGRAMS.put("suppress until windows close", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(5)))
            .count(Materialized.as("counts")).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())), time(10), Serdes.Long()));
        PROGRAMS.put("suppress sessions until they close", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(5), ms(3)))
            .count(Materialized.as("sessions")).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())), session(), Serdes.Long()));
        PROGRAMS.put("suppress for a time", b -> table(b, "in")
            .suppress(Suppressed.untilTimeLimit(ms(12), Suppressed.BufferConfig.maxRecords(3))).toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("suppress a filtered table", b -> table(b, "in").filter((key, value) -> value.length() > 3)
            .suppress(Suppressed.untilTimeLimit(ms(12), Suppressed.BufferConfig.maxBytes(400)))
            .filter((key, value) -> value.length() > 4).toStream().to("out", Produced.with(TEXT, TEXT)));
    }

    static void heldBack() {
        PROGRAMS.put("join with what is held back", b -> stream(b, "asks").join(table(b, "in")
            .suppress(Suppressed.untilTimeLimit(ms(9), Suppressed.BufferConfig.maxBytes(140))), BOTH).to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("sessions filtered into a store", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(5), ms(3)))
            .reduce((all, value) -> all + "+" + value, Materialized.<String, String, SessionStore<Bytes, byte[]>>as("joined").withCachingDisabled())
            .filter((key, value) -> value.length() > 6, Materialized.<Windowed<String>, String, KeyValueStore<Bytes, byte[]>>as("long")
                .withKeySerde(session()).withValueSerde(TEXT).withCachingDisabled()), session(), TEXT));
    }

    static String initial(String value) {
        return value.equals("none") ? null : value.substring(0, 1);
    }

    static Materialized<String, String, KeyValueStore<Bytes, byte[]>> named(String store) {
        return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(store).withKeySerde(TEXT).withValueSerde(TEXT);
    }

    static void foreignKeys() {
        PROGRAMS.put("foreign key join", b -> table(b, "in").join(table(b, "other"), StreamsDialogs::initial, BOTH)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("foreign key left join", b -> table(b, "in").leftJoin(table(b, "other"), StreamsDialogs::initial, BOTH)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("foreign key joins in stores", b -> {
            KTable<String, String> in = table(b, "in");
            KTable<String, String> other = table(b, "other");
            BiFunction<String, String, String> extractor = (key, value) -> key.equals("a") ? "j" : initial(value);
            in.join(other, extractor, BOTH, TableJoined.as("inner"), named("inner-results").withCachingDisabled())
                .filter((key, value) -> value.length() > 7).toStream().to("out", Produced.with(TEXT, TEXT));
            in.leftJoin(other, extractor, BOTH, TableJoined.as("left"), named("left-results"))
                .filter((key, value) -> value.length() > 7).toStream().to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("foreign key join of steps and counts", b -> {
            KTable<String, Long> counts = b.stream("other", Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT)).count();
            KTable<String, String> joined = table(b, "in").mapValues(value -> value + "!").filter((key, value) -> !value.startsWith("mint"))
                .join(counts.filter((key, count) -> count > 1), value -> value.substring(0, 1), (value, count) -> value + count);
            b.stream("asks", Consumed.with(TEXT, TEXT)).leftJoin(joined, (ask, found) -> ask + ":" + found).to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("foreign key join with itself", b -> {
            KTable<String, String> in = table(b, "in");
            in.leftJoin(in, StreamsDialogs::initial, BOTH).toStream().to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("foreign key join of joins", b -> table(b, "in").leftJoin(table(b, "other"), StreamsDialogs::initial, BOTH)
            .join(table(b, "third"), pair -> pair.substring(pair.indexOf('&') + 1), (pair, third) -> pair + "&" + third)
            .toStream().to("out", Produced.with(TEXT, TEXT)));
    }

    static CogroupedKStream<String, String> cogrouped(StreamsBuilder b) {
        return grouped(b).cogroup(StreamsDialogs::letters)
            .cogroup(b.stream("other", Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT)), (key, value, all) -> letters(key, value, all).toUpperCase());
    }

    static void cogroups() {
        PROGRAMS.put("cogroup", b -> cogrouped(b).aggregate(() -> "", Materialized.with(TEXT, TEXT)).toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("cogroup without a cache, filtered", b -> b.stream("other", Consumed.with(TEXT, TEXT))
            .groupBy((key, value) -> value, Grouped.with("by-value", TEXT, TEXT)).<String>cogroup((key, value, all) -> all + "1")
            .cogroup(grouped(b), StreamsDialogs::letters).cogroup(b.stream("third", Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT)), (key, value, all) -> null)
            .aggregate(() -> "", named("kept").withCachingDisabled()).filter((key, value) -> value.length() > 1).toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("cogroup in hopping windows", b -> out(cogrouped(b).windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(5)).advanceBy(ms(6)))
            .aggregate(() -> "", texts()), time(10), TEXT));
        PROGRAMS.put("cogroup in sliding windows", b -> out(cogrouped(b).windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(8), ms(5)))
            .aggregate(() -> "", Materialized.<String, String, WindowStore<Bytes, byte[]>>as("slid").withKeySerde(TEXT).withValueSerde(TEXT).withCachingDisabled()), time(8), TEXT));
        PROGRAMS.put("cogroup in sessions", b -> out(cogrouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(5), ms(4)))
            .aggregate(() -> "", (key, one, two) -> one + two, texts()).filter((key, value) -> value.length() > 1), session(), TEXT));
    }

    static void finals() {
        EmitStrategy close = EmitStrategy.onWindowClose();
        PROGRAMS.put("final tumbling count", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(5))).emitStrategy(close)
            .count(Materialized.as("counts")), time(10), Serdes.Long()));
        PROGRAMS.put("final hopping aggregate without a cache, filtered", b -> out(grouped(b)
            .windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(3)).advanceBy(ms(4))).emitStrategy(close)
            .aggregate(() -> "", StreamsDialogs::letters, Materialized.<String, String, WindowStore<Bytes, byte[]>>as("letters")
                .withValueSerde(TEXT).withCachingDisabled().withRetention(ms(60))).filter((key, value) -> value.length() > 1), time(10), TEXT));
        PROGRAMS.put("final tumbling reduce without a cache", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeWithNoGrace(ms(10))).emitStrategy(close)
            .reduce((all, value) -> all + "+" + value, Materialized.<String, String, WindowStore<Bytes, byte[]>>with(TEXT, TEXT).withCachingDisabled()), time(10), TEXT));
        PROGRAMS.put("final sliding aggregate", b -> out(grouped(b).windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(8), ms(5))).emitStrategy(close)
            .aggregate(() -> "", StreamsDialogs::letters, texts()), time(8), TEXT));
        PROGRAMS.put("final session aggregate", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(5), ms(4))).emitStrategy(close)
            .aggregate(() -> "", StreamsDialogs::letters, (key, one, two) -> one + two, texts()), session(), TEXT));
        PROGRAMS.put("final session count kept longer", b -> out(grouped(b).windowedBy(SessionWindows.ofInactivityGapWithNoGrace(ms(5))).emitStrategy(close)
            .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>as("sessions").withRetention(ms(100))), session(), Serdes.Long()));
        PROGRAMS.put("every change of windows", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeWithNoGrace(ms(10)))
            .emitStrategy(EmitStrategy.onWindowUpdate()).count(), time(10), Serdes.Long()));
    }

    static String without(String all, String value) {
        int at = all.indexOf(value);
        String rest = at < 0 ? all + "-" + value : all.substring(0, at) + all.substring(at + value.length());
        return rest.isEmpty() ? null : rest;
    }

    static void groupedTables() {
        KeyValueMapper<String, String, KeyValue<String, String>> byInitial = (key, value) -> KeyValue.pair(value.substring(0, 1), value);
        PROGRAMS.put("grouped table count", b -> table(b, "in").groupBy(byInitial, Grouped.with(TEXT, TEXT)).count(Materialized.as("counts"))
            .toStream().to("out", Produced.with(TEXT, Serdes.Long())));
        PROGRAMS.put("grouped table reduce", b -> table(b, "in").groupBy(byInitial, Grouped.with(TEXT, TEXT))
            .reduce((all, value) -> all + "+" + value, (all, value) -> value.equals("none") ? null : all + "-" + value, texts())
            .toStream().to("out", Produced.with(TEXT, TEXT)));
        PROGRAMS.put("grouped table aggregates of one name, filtered", b -> {
            KGroupedTable<String, String> groups = table(b, "in").filter((key, value) -> value.length() > 3)
                .groupBy((key, value) -> key.equals("d") ? null : KeyValue.pair(key.equals("c") ? null : value.substring(0, 1), value.equals("water") ? null : value),
                    Grouped.with("by-initial", TEXT, TEXT));
            groups.aggregate(() -> "", (key, value, all) -> value.equals("none") ? null : all + value, (key, value, all) -> without(all, value),
                named("all").withCachingDisabled()).filter((key, value) -> value.length() > 4).toStream().to("out", Produced.with(TEXT, TEXT));
            groups.count().toStream().to("out", Produced.with(TEXT, Serdes.Long()));
        });
        PROGRAMS.put("grouped table of windows, suppressed", b -> out(grouped(b).windowedBy(TimeWindows.ofSizeAndGrace(ms(10), ms(4))).count()
            .groupBy((key, count) -> KeyValue.pair(new Windowed<>(count > 1 ? "many" : "one", key.window()), key.key()), Grouped.with(time(10), TEXT))
            .reduce((all, value) -> all + "+" + value, (all, value) -> without(all, value)).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())), time(10), TEXT));
        PROGRAMS.put("grouped table of a join and of a count", b -> {
            table(b, "in").leftJoin(table(b, "other"), BOTH).groupBy((key, value) -> KeyValue.pair(value.substring(value.indexOf('&') + 1), value), Grouped.with(TEXT, TEXT))
                .reduce((all, value) -> all + "+" + value, (all, value) -> all + "-" + value, named("pairs")).toStream().to("out", Produced.with(TEXT, TEXT));
            stream(b, "asks").groupByKey(Grouped.with(TEXT, TEXT)).count().groupBy((key, count) -> KeyValue.pair(count % 2 == 0 ? "even" : "odd", count), Grouped.with(TEXT, Serdes.Long()))
                .reduce(Long::sum, (all, count) -> all - count).toStream().to("out", Produced.with(TEXT, Serdes.Long()));
        });
    }

    static void globalTables() {
        PROGRAMS.put("global table join", b -> {
            GlobalKTable<String, String> facts = b.globalTable("other", Consumed.with(TEXT, TEXT));
            stream(b, "in").join(facts, (key, value) -> value == null || value.equals("none") ? null : value.substring(0, 1), BOTH).to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("global table left join", b -> {
            GlobalKTable<String, String> facts = b.globalTable("other", Consumed.with(TEXT, TEXT), named("facts"));
            stream(b, "in").leftJoin(facts, (key, value) -> value == null || value.equals("none") ? null : value.substring(0, 1), BOTH).to("out", Produced.with(TEXT, TEXT));
        });
        PROGRAMS.put("global table joins by key, and a count", b -> {
            GlobalKTable<String, String> facts = b.globalTable("other", Consumed.with(TEXT, TEXT));
            stream(b, "in").join(facts, (key, value) -> key, BOTH).to("out", Produced.with(TEXT, TEXT));
            stream(b, "in-too").selectKey((key, value) -> value).leftJoin(facts, (key, value) -> key, (value, fact) -> value + fact)
                .groupByKey(Grouped.with("by-value", TEXT, TEXT)).count().toStream().to("out", Produced.with(TEXT, Serdes.Long()));
        });
        PROGRAMS.put("global store of one's own", b -> {
            b.addGlobalStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("lengths"), TEXT, Serdes.Long()), "other", Consumed.with(TEXT, TEXT), Lengths::new);
            stream(b, "in").process(Asking::new).to("out", Produced.with(TEXT, TEXT));
        });
    }

    /** Keeps how long all values of a key are. */
    static class Lengths implements org.apache.kafka.streams.processor.api.Processor<String, String, Void, Void> {
        KeyValueStore<String, Long> lengths;

        @Override
        public void init(org.apache.kafka.streams.processor.api.ProcessorContext<Void, Void> context) {
            lengths = context.getStateStore("lengths");
        }

        @Override
        public void process(org.apache.kafka.streams.processor.api.Record<String, String> record) {
            if (record.key() == null) return;
            Long before = lengths.get(record.key());
            lengths.put(record.key(), record.value() == null ? null : (before == null ? 0 : before) + record.value().length());
        }
    }

    static class Asking extends org.apache.kafka.streams.processor.api.ContextualProcessor<String, String, String, String> {
        @Override
        public void process(org.apache.kafka.streams.processor.api.Record<String, String> record) {
            KeyValueStore<String, Long> lengths = context().getStateStore("lengths");
            StringBuilder all = new StringBuilder();
            try (KeyValueIterator<String, Long> entries = lengths.all()) {
                while (entries.hasNext()) {
                    KeyValue<String, Long> entry = entries.next();
                    all.append(entry.key).append(entry.value);
                }
            }
            context().forward(record.withValue(record.value() + ":" + all));
        }
    }

    static void punctuations() {
        for (PunctuationType type : PunctuationType.values()) {
            String name = type == PunctuationType.STREAM_TIME ? "stream time" : "wall-clock time";
            PROGRAMS.put("punctuation by " + name, b -> {
                b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), TEXT, TEXT));
                stream(b, "in").process(() -> new Ringing(type), "seen").to("out", Produced.with(TEXT, TEXT));
            });
            PROGRAMS.put("count of punctuations by " + name, b -> {
                b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), TEXT, TEXT));
                stream(b, "in").process(() -> new Ringing(type), "seen").groupByKey(Grouped.with("rung", TEXT, TEXT)).count(Materialized.as("counts"))
                    .filter((key, count) -> count > 1).toStream().to("out", Produced.with(TEXT, Serdes.Long()));
            });
        }
    }

    /** Has several schedules of one kind of time, some of which are due at once; further ones come with records. */
    static class Ringing extends org.apache.kafka.streams.processor.api.ContextualProcessor<String, String, String, String> {
        final PunctuationType type;
        KeyValueStore<String, String> seen;
        Cancellable wish;
        int rung;

        Ringing(PunctuationType type) {
            this.type = type;
        }

        @Override
        public void init(org.apache.kafka.streams.processor.api.ProcessorContext<String, String> context) {
            super.init(context);
            seen = context.getStateStore("seen");
            wish = context.schedule(ms(6), type, time -> ring("six", time));
            context.schedule(ms(3), type, time -> ring("three", time));
            context.schedule(ms(12), type, time -> {
                List<String> keys = new ArrayList<>();
                try (KeyValueIterator<String, String> entries = seen.all()) {
                    entries.forEachRemaining(entry -> keys.add(entry.key));
                }
                for (String key : keys) forward(key, seen.delete(key), time);
            });
            context.schedule(Instant.ofEpochMilli(4), ms(10), type, time -> ring("anchored", time));
        }

        void ring(String name, long time) {
            forward(name, time + "/" + (type == PunctuationType.STREAM_TIME ? context().currentStreamTimeMs() : 0) + "/" + (context().recordMetadata().get().topic() != null), time);
            if (++rung % 9 == 0) wish.cancel();
        }

        void forward(String key, String value, long time) {
            context().forward(new org.apache.kafka.streams.processor.api.Record<>(key, value, time));
        }

        @Override
        public void process(org.apache.kafka.streams.processor.api.Record<String, String> record) {
            if (record.key() == null || record.value() == null) return;
            if (record.value().equals("jam")) wish = context().schedule(ms(7), type, time -> ring("seven", time));
            if (record.value().equals("none")) context().schedule(Instant.ofEpochMilli(1), ms(20), type, time -> ring("once", time)).cancel();
            if (record.value().equals("mint")) context().schedule(Instant.ofEpochMilli(5), ms(20), type, time -> ring("late", time));
            seen.put(record.key(), record.value());
        }
    }

    static void values() {
        PROGRAMS.put("process values, then aggregate", b -> {
            b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("last"), TEXT, TEXT));
            stream(b, "in").processValues(Remembering::new, "last").groupByKey(Grouped.with(TEXT, TEXT))
                .aggregate(() -> "", StreamsDialogs::letters, named("letters").withCachingDisabled()).toStream().to("out", Produced.with(TEXT, TEXT));
        });
    }

    /** Lets each value go on with the one before it, a little later, and what is water a second time. */
    static class Remembering extends org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor<String, String, String> {
        KeyValueStore<String, String> last;

        @Override
        public void init(org.apache.kafka.streams.processor.api.FixedKeyProcessorContext<String, String> context) {
            super.init(context);
            last = context.getStateStore("last");
        }

        @Override
        public void process(org.apache.kafka.streams.processor.api.FixedKeyRecord<String, String> record) {
            if (record.key() == null) return;
            String before = last.get(record.key());
            last.put(record.key(), record.value());
            context().forward(record.withValue(before == null ? record.value() : before + record.value()).withTimestamp(record.timestamp() + 2));
            if ("water".equals(record.value())) context().forward(record);
        }
    }

    static String spell(byte[] bytes) {
        if (bytes == null) return "-";
        StringBuilder text = new StringBuilder();
        for (byte one : bytes)
            if (one > ' ' && one < 127 && one != '\\') text.append((char) one);
            else text.append(String.format("\\%02x", one));
        return text.toString();
    }

    static byte[] read(String word) {
        return word.equals("-") ? null : word.getBytes(StandardCharsets.UTF_8);
    }

    static TopologyTestDriver driver(String name) {
        Properties properties = new Properties();
        properties.put("application.id", "app");
        properties.put("bootstrap.servers", "nowhere:1");
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        properties.put("__emit.interval.ms.kstreams.windowed.aggregation__", "0");
        properties.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", "0");
        StreamsBuilder builder = new StreamsBuilder();
        PROGRAMS.get(name).accept(builder);
        return new TopologyTestDriver(builder.build(), properties, Instant.ofEpochMilli(0));
    }

    /** What was written to any topic, repartition topics aside: the driver has read those already. */
    static void drain(TopologyTestDriver driver) {
        for (String topic : new TreeSet<>(driver.producedTopicNames())) {
            TestOutputTopic<byte[], byte[]> output = driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            for (TestRecord<byte[], byte[]> record : output.readRecordsToList())
                System.out.println("  " + topic + " " + spell(record.key()) + " " + spell(record.value()) + " " + record.timestamp());
        }
    }

    public static void main(String[] args) {
        windows();
        repartitions();
        tables();
        streams();
        repartitionedStreams();
        suppressions();
        heldBack();
        foreignKeys();
        cogroups();
        finals();
        groupedTables();
        globalTables();
        punctuations();
        values();
        TopologyTestDriver driver = null;
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            if (line.startsWith("== ")) {
                if (driver != null) driver.close();
                driver = driver(line.substring(3));
            }
            if (line.startsWith("  ")) continue;
            System.out.println(line);
            if (line.startsWith("~ ")) {
                driver.advanceWallClockTime(ms(Long.parseLong(line.substring(2))));
                drain(driver);
            }
            if (!line.startsWith("> ")) continue;
            String[] words = line.split(" ");
            driver.createInputTopic(words[1], new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(read(words[2]), read(words[3]), Long.parseLong(words[4]));
            drain(driver);
        }
        driver.close();
    }
}
