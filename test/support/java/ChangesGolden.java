import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.kstream.internals.*;

/** Prints the bytes of changes in the repartition topic of a grouped table, as `test/streams/golden/changes.txt` has them: new value, old value, bytes in hex. */
public class ChangesGolden {
    static final String LONG = "0123456789".repeat(20);

    public static void main(String[] args) {
        String[] values = {null, "", "tea", "\u00e4pfel & birnen", LONG};
        ChangedSerializer<String> serializer = new ChangedSerializer<>(Serdes.String().serializer());
        serializer.configure(Map.of(), false);
        ChangedDeserializer<String> deserializer = new ChangedDeserializer<>(Serdes.String().deserializer());
        for (String now : values)
            for (String before : values) {
                if (now == null && before == null) continue;
                byte[] bytes = serializer.serialize("topic", new RecordHeaders(), new Change<>(now, before));
                if (!deserializer.deserialize("topic", new RecordHeaders(), bytes).equals(new Change<>(now, before))) throw new AssertionError();
                System.out.println((now == null ? "-" : now) + "|" + (before == null ? "-" : before) + "|" + HexFormat.of().formatHex(bytes));
            }
    }
}
