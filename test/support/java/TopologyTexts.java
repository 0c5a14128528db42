import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;

/** Builds programs with Apache's DSL and prints what it says of their topologies: a line `== NAME` before each. */
public class TopologyTexts {
    static final Map<String, Consumer<StreamsBuilder>> PROGRAMS = new LinkedHashMap<>();

    static Processor<String, String, String, String> passing() {
        return new ContextualProcessor<String, String, String, String>() {
            @Override
            public void process(Record<String, String> record) {
                context().forward(record);
            }
        };
    }

    static FixedKeyProcessor<String, String, String> keeping() {
        return new ContextualFixedKeyProcessor<String, String, String>() {
            @Override
            public void process(FixedKeyRecord<String, String> record) {
                context().forward(record);
            }
        };
    }

    static void stateless() {
        PROGRAMS.put("pipe", b -> b.<String, String>stream("in").to("out"));
        PROGRAMS.put("several topics", b -> b.<String, String>stream(List.of("b", "a")).to("out"));
        PROGRAMS.put("all stateless", b -> b.<String, String>stream("in")
            .filter((k, v) -> true)
            .filterNot((k, v) -> false)
            .map((k, v) -> KeyValue.pair(k, v))
            .mapValues(v -> v)
            .flatMap((k, v) -> List.of(KeyValue.pair(k, v)))
            .flatMapValues(v -> List.of(v))
            .selectKey((k, v) -> v)
            .peek((k, v) -> { })
            .foreach((k, v) -> { }));
        PROGRAMS.put("merge", b -> {
            KStream<String, String> one = b.stream("one");
            KStream<String, String> two = b.stream("two");
            one.mapValues(v -> v).merge(two).to("out");
        });
        PROGRAMS.put("merge of one stream's parts", b -> {
            KStream<String, String> in = b.stream("in");
            in.filter((k, v) -> true).merge(in.filterNot((k, v) -> true)).to("out");
        });
        PROGRAMS.put("split", b -> {
            Map<String, KStream<String, String>> parts = b.<String, String>stream("in").split(Named.as("by-"))
                .branch((k, v) -> true, Branched.as("first"))
                .branch((k, v) -> true)
                .defaultBranch();
            parts.get("by-first").to("first");
            parts.get("by-2").to("second");
            parts.get("by-0").to("rest");
        });
        PROGRAMS.put("split without names", b -> {
            Map<String, KStream<String, String>> parts = b.<String, String>stream("in").split()
                .branch((k, v) -> true)
                .branch((k, v) -> true)
                .noDefaultBranch();
            for (KStream<String, String> part : parts.values()) part.to("out");
        });
        PROGRAMS.put("names", b -> b.<String, String>stream("in", Consumed.as("source"))
            .filter((k, v) -> true, Named.as("some"))
            .mapValues(v -> v, Named.as("same"))
            .to("out", Produced.as("sink")));
        PROGRAMS.put("names of all steps", b -> {
            KStream<String, String> in = b.<String, String>stream("in").map((k, v) -> KeyValue.pair(k, v), Named.as("map")).mapValues(v -> v)
                .flatMap((k, v) -> List.of(KeyValue.pair(k, v)), Named.as("flat-map")).mapValues(v -> v)
                .flatMapValues(v -> List.of(v), Named.as("flat-map-values")).mapValues(v -> v)
                .selectKey((k, v) -> v, Named.as("select")).mapValues(v -> v)
                .peek((k, v) -> { }, Named.as("peek")).mapValues(v -> v)
                .filterNot((k, v) -> false, Named.as("filter-not")).mapValues(v -> v)
                .process(TopologyTexts::passing, Named.as("process")).mapValues(v -> v)
                .processValues(TopologyTexts::keeping, Named.as("process-values")).mapValues(v -> v);
            in.foreach((k, v) -> { }, Named.as("foreach"));
            in.merge(b.<String, String>stream("other"), Named.as("merge")).repartition(Repartitioned.as("again")).mapValues(v -> v)
                .toTable(Named.as("table"), Materialized.as("kept")).filter((k, v) -> true, Named.as("table-filter"))
                .mapValues(v -> v, Named.as("table-values")).toStream(Named.as("stream")).mapValues(v -> v).to("out");
        });
        PROGRAMS.put("names against their order", b -> {
            b.<String, String>stream("one", Consumed.as("zero")).to("a");
            b.<String, String>stream("two", Consumed.as("one")).to("b");
        });
        PROGRAMS.put("fan out", b -> {
            KStream<String, String> in = b.stream("in");
            in.to("a");
            in.mapValues(v -> v).to("b");
            in.filter((k, v) -> true).peek((k, v) -> { }).to("c");
            in.foreach((k, v) -> { });
        });
    }

    static void repartitions() {
        PROGRAMS.put("repartition", b -> b.<String, String>stream("in").map((k, v) -> KeyValue.pair(k, v)).repartition().to("out"));
        PROGRAMS.put("repartition with a name", b -> b.<String, String>stream("in").repartition(Repartitioned.as("named")).to("out"));
        PROGRAMS.put("repartition and count", b -> b.<String, String>stream("in")
            .selectKey((k, v) -> v).repartition(Repartitioned.<String, String>as("by").withNumberOfPartitions(3))
            .groupByKey().count().toStream().to("out"));
    }

    static void aggregations() {
        PROGRAMS.put("word count", b -> b.<String, String>stream("streams-plaintext-input")
            .flatMapValues(v -> List.of(v.split(" ")))
            .groupBy((k, v) -> v)
            .count()
            .toStream().to("streams-wordcount-output", Produced.with(Serdes.String(), Serdes.Long())));
        PROGRAMS.put("word count in a named store", b -> b.<String, String>stream("in")
            .groupBy((k, v) -> v, Grouped.as("words"))
            .count(Named.as("counter"), Materialized.as("counts"))
            .toStream(Named.as("stream")).to("out"));
        PROGRAMS.put("store name alone", b -> b.<String, String>stream("in")
            .groupBy((k, v) -> v)
            .count(Materialized.as("counts"))
            .toStream().to("out"));
        PROGRAMS.put("group by key", b -> b.<String, String>stream("in").groupByKey().count().toStream().to("out"));
        PROGRAMS.put("reduce", b -> b.<String, String>stream("in").groupByKey().reduce((x, y) -> x).toStream().to("out"));
        PROGRAMS.put("aggregate", b -> b.<String, String>stream("in").groupByKey().aggregate(() -> "", (k, v, a) -> a).toStream().to("out"));
        PROGRAMS.put("aggregate after map", b -> b.<String, String>stream("in").map((k, v) -> KeyValue.pair(k, v)).groupByKey()
            .aggregate(() -> "", (k, v, a) -> a).toStream().to("out"));
        PROGRAMS.put("two counts of one group", b -> {
            KGroupedStream<String, String> grouped = b.<String, String>stream("in").groupBy((k, v) -> v);
            grouped.count().toStream().to("counts");
            grouped.reduce((x, y) -> y).toStream().to("last");
        });
        PROGRAMS.put("two counts of one named group", b -> {
            KGroupedStream<String, String> grouped = b.<String, String>stream("in").groupBy((k, v) -> v, Grouped.as("words"));
            grouped.count().toStream().to("counts");
            grouped.reduce((x, y) -> y).toStream().to("last");
        });
        PROGRAMS.put("count of a merge", b -> b.<String, String>stream("one").merge(b.<String, String>stream("two"))
            .groupByKey().count().toStream().to("out"));
        PROGRAMS.put("count of a count", b -> b.<String, String>stream("in").groupByKey().count()
            .toStream().groupBy((k, v) -> String.valueOf(v)).count().toStream().to("out"));
    }

    static void tables() {
        PROGRAMS.put("table", b -> b.<String, String>table("in").toStream().to("out"));
        PROGRAMS.put("table with a name", b -> b.<String, String>table("in", Consumed.as("source")).toStream().to("out"));
        PROGRAMS.put("stream to table after map", b -> b.<String, String>stream("in").selectKey((k, v) -> v).toTable(Named.as("named")).toStream().to("out"));
        PROGRAMS.put("stream to table in a store", b -> b.<String, String>stream("in").selectKey((k, v) -> v).toTable(Materialized.as("kept")).toStream().to("out"));
        PROGRAMS.put("table in a store", b -> b.<String, String>table("in", Materialized.as("kept")).toStream().to("out"));
        PROGRAMS.put("table steps", b -> b.<String, String>table("in")
            .filter((k, v) -> true).filterNot((k, v) -> false).mapValues(v -> v).toStream().to("out"));
        PROGRAMS.put("table steps in stores", b -> b.<String, String>table("in")
            .filter((k, v) -> true, Materialized.as("some")).mapValues(v -> v, Materialized.as("same")).toStream().to("out"));
        PROGRAMS.put("steps on a count", b -> b.<String, String>stream("in").groupByKey().count()
            .filter((k, v) -> v > 1).mapValues(v -> String.valueOf(v)).toStream().to("out"));
        PROGRAMS.put("stream to table", b -> b.<String, String>stream("in").toTable().toStream().to("out"));
    }

    static void joins() {
        PROGRAMS.put("join", b -> b.<String, String>stream("in").join(b.<String, String>table("facts"), (x, y) -> x).to("out"));
        PROGRAMS.put("left join", b -> b.<String, String>stream("in").leftJoin(b.<String, String>table("facts", Materialized.as("kept")), (x, y) -> x).to("out"));
        PROGRAMS.put("join after map", b -> {
            KTable<String, String> facts = b.table("facts");
            b.<String, String>stream("in").selectKey((k, v) -> v).join(facts, (x, y) -> x).to("out");
        });
        PROGRAMS.put("join with a step", b -> {
            KTable<String, String> facts = b.<String, String>table("facts").filter((k, v) -> true).mapValues(v -> v);
            b.<String, String>stream("in").join(facts, (x, y) -> x).to("out");
        });
        PROGRAMS.put("join with a count", b -> {
            KStream<String, String> in = b.stream("in");
            KTable<String, Long> counts = in.groupByKey().count();
            in.join(counts, (x, y) -> x).to("out");
        });
        PROGRAMS.put("named join after map", b -> {
            KTable<String, String> facts = b.table("facts");
            b.<String, String>stream("in").selectKey((k, v) -> v)
                .join(facts, (x, y) -> x, Joined.<String, String, String>as("joined")).to("out");
        });
    }

    static final TimeWindows MINUTES = TimeWindows.ofSizeWithNoGrace(Duration.ofMinutes(1));
    static final JoinWindows NEAR = JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(1));

    static void windows() {
        PROGRAMS.put("windowed count", b -> b.<String, String>stream("in").groupByKey().windowedBy(MINUTES).count().toStream().to("out"));
        PROGRAMS.put("windowed reduce in a named store", b -> b.<String, String>stream("in").groupBy((k, v) -> v, Grouped.as("words"))
            .windowedBy(MINUTES).reduce((x, y) -> y, Named.as("reducer"), Materialized.as("last")).toStream().to("out"));
        PROGRAMS.put("windowed aggregate after map", b -> b.<String, String>stream("in").map((k, v) -> KeyValue.pair(k, v)).groupByKey()
            .windowedBy(MINUTES).aggregate(() -> "", (k, v, a) -> a).filter((k, v) -> true).toStream().to("out"));
        PROGRAMS.put("sliding and session windows", b -> {
            KGroupedStream<String, String> grouped = b.<String, String>stream("in").groupByKey();
            grouped.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(1))).count().toStream().to("a");
            grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1))).count().toStream().to("b");
            grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1))).reduce((x, y) -> y).toStream().to("c");
            grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1)))
                .aggregate(() -> "", (k, v, a) -> a, (k, x, y) -> x, Named.as("sessions"), Materialized.as("kept")).toStream().to("d");
            grouped.windowedBy(UnlimitedWindows.of()).count().toStream().to("e");
        });
        PROGRAMS.put("final results of windows", b -> {
            KGroupedStream<String, String> grouped = b.<String, String>stream("in").groupByKey();
            EmitStrategy close = EmitStrategy.onWindowClose();
            grouped.windowedBy(MINUTES).emitStrategy(close).count().toStream().to("a");
            grouped.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(1))).emitStrategy(close).reduce((x, y) -> y, Named.as("slid")).toStream().to("b");
            grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1))).emitStrategy(close).count(Materialized.as("kept")).toStream().to("c");
        });
        PROGRAMS.put("windows of one named group", b -> {
            KGroupedStream<String, String> grouped = b.<String, String>stream("in").groupBy((k, v) -> v, Grouped.as("words"));
            grouped.count().toStream().to("a");
            grouped.windowedBy(MINUTES).count().toStream().to("b");
            grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1))).count().toStream().to("c");
        });
    }

    static void suppressions() {
        PROGRAMS.put("suppress", b -> b.<String, String>table("in").suppress(Suppressed.untilTimeLimit(Duration.ofMinutes(1), Suppressed.BufferConfig.unbounded()))
            .toStream().to("out"));
        PROGRAMS.put("suppress a windowed count", b -> b.<String, String>stream("in").groupByKey().windowedBy(MINUTES).count().filter((k, v) -> v > 1)
            .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("final")).toStream().to("out"));
        PROGRAMS.put("join with a suppressed table", b -> b.<String, String>stream("in").join(b.<String, String>table("facts").filter((k, v) -> true)
            .suppress(Suppressed.untilTimeLimit(Duration.ofMinutes(1), Suppressed.BufferConfig.maxRecords(9))), (x, y) -> x).to("out"));
    }

    static void tableJoins() {
        PROGRAMS.put("table joins", b -> {
            KTable<String, String> one = b.table("one");
            KTable<String, String> two = b.table("two");
            one.join(two, (x, y) -> x).toStream().to("a");
            one.leftJoin(two, (x, y) -> x, Named.as("left")).toStream().to("b");
            one.outerJoin(two, (x, y) -> x, Named.as("outer"), Materialized.as("kept")).toStream().to("c");
        });
        PROGRAMS.put("table join of steps and counts", b -> {
            KTable<String, String> one = b.<String, String>table("one").filter((k, v) -> true).mapValues(v -> v);
            KTable<String, Long> two = b.<String, String>stream("two").groupBy((k, v) -> v).count();
            KTable<String, String> joined = one.join(two, (x, y) -> x);
            joined.leftJoin(one, (x, y) -> x).filter((k, v) -> true).toStream().to("out");
            b.<String, String>stream("in").join(joined, (x, y) -> x).to("out");
        });
    }

    static void foreignKeys() {
        PROGRAMS.put("foreign key join", b -> b.<String, String>table("one").join(b.<String, String>table("two"), v -> v, (x, y) -> x)
            .toStream().to("out"));
        PROGRAMS.put("foreign key joins with names", b -> {
            KTable<String, String> one = b.table("one");
            KTable<String, String> two = b.table("two");
            one.leftJoin(two, v -> v, (x, y) -> x, TableJoined.as("named")).toStream().to("a");
            one.join(two, v -> v, (x, y) -> x, Materialized.as("kept")).toStream().to("b");
            one.join(two, (k, v) -> k + v, (x, y) -> x, TableJoined.as("both"), Materialized.as("stored")).filter((k, v) -> true).toStream().to("c");
        });
        PROGRAMS.put("foreign key join of steps and counts", b -> {
            KTable<String, String> one = b.<String, String>table("one").filter((k, v) -> true).mapValues(v -> v);
            KTable<String, Long> two = b.<String, String>stream("two").groupBy((k, v) -> v).count();
            KTable<String, String> joined = one.join(two, v -> v, (x, y) -> x);
            joined.leftJoin(one, (x, y) -> x).filter((k, v) -> true).toStream().to("out");
            b.<String, String>stream("in").join(joined, (x, y) -> x).to("out");
        });
        PROGRAMS.put("foreign key join with itself", b -> {
            KTable<String, String> one = b.table("one");
            one.leftJoin(one, v -> v, (x, y) -> x).toStream().to("out");
        });
        PROGRAMS.put("foreign key join of joins", b -> b.<String, String>table("one").join(b.<String, String>table("two"), v -> v, (x, y) -> x)
            .join(b.<String, String>table("three"), v -> v, (x, y) -> x).suppress(Suppressed.untilTimeLimit(Duration.ofMinutes(1), Suppressed.BufferConfig.unbounded()))
            .toStream().to("out"));
    }

    static void cogroups() {
        Aggregator<String, String, String> all = (k, v, a) -> a;
        PROGRAMS.put("cogroup", b -> b.<String, String>stream("one").groupByKey().cogroup(all)
            .cogroup(b.<String, String>stream("two").groupByKey(), all).aggregate(() -> "").toStream().to("out"));
        PROGRAMS.put("cogroup of one", b -> b.<String, String>stream("one").groupByKey().cogroup(all).aggregate(() -> "").filter((k, v) -> true).toStream().to("out"));
        PROGRAMS.put("cogroup with names and repartitions", b -> {
            KGroupedStream<String, String> one = b.<String, String>stream("one").groupBy((k, v) -> v, Grouped.as("ones"));
            KGroupedStream<String, String> two = b.<String, String>stream("two").groupByKey();
            KGroupedStream<String, String> three = b.<String, String>stream("three").groupBy((k, v) -> v);
            CogroupedKStream<String, String> groups = one.cogroup(all).cogroup(two, all).cogroup(three, all);
            groups.aggregate(() -> "", Named.as("both"), Materialized.as("kept")).toStream().to("a");
            groups.windowedBy(MINUTES).aggregate(() -> "", Named.as("minutes")).toStream().to("b");
        });
        PROGRAMS.put("cogroup in windows", b -> {
            CogroupedKStream<String, String> groups = b.<String, String>stream("one").groupByKey().cogroup(all)
                .cogroup(b.<String, String>stream("two").groupByKey(), all);
            groups.windowedBy(MINUTES).aggregate(() -> "").toStream().to("a");
            groups.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(1))).aggregate(() -> "", Materialized.as("sliding"))
                .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())).toStream().to("b");
            groups.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMinutes(1))).aggregate(() -> "", (k, x, y) -> x, Named.as("sessions")).toStream().to("c");
        });
    }

    static void streamJoins() {
        PROGRAMS.put("stream join", b -> b.<String, String>stream("one").join(b.<String, String>stream("two"), (x, y) -> x, NEAR).to("out"));
        PROGRAMS.put("stream left join", b -> b.<String, String>stream("one").leftJoin(b.<String, String>stream("two"), (x, y) -> x, NEAR).to("out"));
        PROGRAMS.put("stream outer join", b -> b.<String, String>stream("one").outerJoin(b.<String, String>stream("two"), (x, y) -> x, NEAR).to("out"));
        PROGRAMS.put("stream joins with names", b -> {
            KStream<String, String> one = b.<String, String>stream("one").selectKey((k, v) -> v);
            KStream<String, String> two = b.<String, String>stream("two").selectKey((k, v) -> v);
            one.leftJoin(two, (x, y) -> x, NEAR, StreamJoined.<String, String, String>as("stored").withName("named")).to("a");
            b.<String, String>stream("three").outerJoin(two, (x, y) -> x, NEAR, StreamJoined.<String, String, String>as("kept")).to("b");
        });
    }

    static void groupedTables() {
        KeyValueMapper<String, String, KeyValue<String, String>> byValue = (k, v) -> KeyValue.pair(v, v);
        PROGRAMS.put("grouped table", b -> b.<String, String>table("in").groupBy(byValue).count().filter((k, v) -> true).toStream().to("out"));
        PROGRAMS.put("tables of one grouped table", b -> {
            KGroupedTable<String, String> groups = b.<String, String>table("in").filter((k, v) -> true).groupBy(byValue);
            groups.reduce((x, y) -> x, (x, y) -> x).toStream().to("a");
            groups.aggregate(() -> "", (k, v, a) -> a, (k, v, a) -> a, Named.as("all"), Materialized.as("kept")).toStream().to("b");
            groups.count(Named.as("counter")).toStream().to("c");
        });
        PROGRAMS.put("tables of one named grouped table", b -> {
            KTable<String, Long> counts = b.<String, String>stream("in").groupByKey().count();
            KGroupedTable<String, Long> groups = counts.groupBy((k, v) -> KeyValue.pair(k, v), Grouped.as("by-value"));
            groups.count(Materialized.as("kept")).toStream().to("a");
            KTable<String, Long> sums = groups.reduce(Long::sum, (x, y) -> x - y, Named.as("sums"), Materialized.as("summed"));
            b.<String, String>stream("other").join(sums, (x, y) -> x).to("b");
        });
    }

    static void globalTables() {
        PROGRAMS.put("global table", b -> {
            GlobalKTable<String, String> facts = b.globalTable("facts");
            b.<String, String>stream("in").join(facts, (k, v) -> v, (x, y) -> x).to("out");
        });
        PROGRAMS.put("global table with names", b -> {
            GlobalKTable<String, String> facts = b.globalTable("facts", Consumed.as("source"), Materialized.as("kept"));
            b.<String, String>stream("in").leftJoin(facts, (k, v) -> v, (x, y) -> x, Named.as("joined")).to("out");
        });
        PROGRAMS.put("global tables between others", b -> {
            KStream<String, String> one = b.stream("one");
            GlobalKTable<String, String> facts = b.globalTable("facts");
            GlobalKTable<String, String> further = b.globalTable("further", Materialized.as("kept"));
            KStream<String, String> two = b.stream("two");
            one.join(facts, (k, v) -> v, (x, y) -> x).to("a");
            two.leftJoin(further, (k, v) -> v, (x, y) -> x).to("b");
            one.selectKey((k, v) -> v).leftJoin(further, (k, v) -> v, (x, y) -> x).groupByKey().count()
                .toStream().join(facts, (k, v) -> k, (x, y) -> y).to("c");
        });
        PROGRAMS.put("global stores", b -> {
            b.addGlobalStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("one"), Serdes.String(), Serdes.String()), "facts",
                Consumed.with(Serdes.String(), Serdes.String()), TopologyTexts::taking);
            b.addGlobalStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("two"), Serdes.String(), Serdes.String()), "further",
                Consumed.<String, String>as("named"), TopologyTexts::taking);
            b.<String, String>stream("in").process(TopologyTexts::passing).to("out");
        });
    }

    static Processor<String, String, Void, Void> taking() {
        return new ContextualProcessor<String, String, Void, Void>() {
            @Override
            public void process(Record<String, String> record) {
            }
        };
    }

    static void processors() {
        PROGRAMS.put("process", b -> {
            b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), Serdes.String(), Serdes.String()));
            b.<String, String>stream("in").process(TopologyTexts::passing, "seen").to("out");
        });
        PROGRAMS.put("process without a store", b -> b.<String, String>stream("in").process(TopologyTexts::passing).to("out"));
        PROGRAMS.put("process, then count", b -> b.<String, String>stream("in").process(TopologyTexts::passing)
            .groupByKey().count().toStream().to("out"));
        PROGRAMS.put("process values, then count", b -> {
            b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), Serdes.String(), Serdes.String()));
            KStream<String, String> in = b.stream("in");
            in.processValues(TopologyTexts::keeping, "seen").groupByKey().count().toStream().to("out");
            in.selectKey((k, v) -> v).processValues(TopologyTexts::keeping, Named.as("named")).groupByKey(Grouped.as("again")).count().toStream().to("out");
        });
        PROGRAMS.put("a store of two", b -> {
            b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), Serdes.String(), Serdes.String()));
            b.<String, String>stream("one").process(TopologyTexts::passing, "seen").to("out");
            b.<String, String>stream("two").process(TopologyTexts::passing, "seen").to("out");
            b.<String, String>stream("three").to("out");
        });
    }

    public static void main(String[] args) {
        stateless();
        repartitions();
        aggregations();
        tables();
        joins();
        windows();
        suppressions();
        tableJoins();
        foreignKeys();
        cogroups();
        streamJoins();
        groupedTables();
        globalTables();
        processors();
        PROGRAMS.forEach((name, program) -> {
            StreamsBuilder builder = new StreamsBuilder();
            program.accept(builder);
            System.out.println("== " + name);
            System.out.print(builder.build().describe());
        });
    }
}
