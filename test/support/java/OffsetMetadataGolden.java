import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.streams.processor.internals.ProcessorMetadata;
import org.apache.kafka.streams.processor.internals.TopicPartitionMetadata;

/** Prints what Apache's Kafka Streams commits beside offsets, as `test/streams/golden/offset-metadata.txt` has it: a partition's time, stores with times, the text. */
public class OffsetMetadataGolden {
    public static void main(String[] args) {
        List<Map<String, Long>> stores = List.of(Map.of(), Map.of("counts", 0L), Map.of("KSTREAM-AGGREGATE-STATE-STORE-0000000001", 1700000000123L),
            Map.of("one", 5L, "two", 1700000000123L, "three", 77L));
        for (long time : new long[] {-1, 0, 1700000000123L})
            for (Map<String, Long> closed : stores) {
                String names = closed.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).sorted().collect(Collectors.joining(","));
                System.out.println(time + "|" + names + "|" + new TopicPartitionMetadata(time, new ProcessorMetadata(new TreeMap<>(closed))).encode());
            }
    }
}
