import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/** Counts the values of a topic into another one until its input ends: servers, application id, state directory, from, to. */
public class StreamsPeer {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("application.id", args[1]);
        properties.put("state.dir", args[2]);
        properties.put("client.id", "peer");
        properties.put("group.protocol", "streams");
        properties.put("replication.factor", "1");
        properties.put("commit.interval.ms", "100");
        properties.put("auto.offset.reset", "earliest");
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(args[3])
            .groupBy((key, value) -> value)
            .count()
            .toStream()
            .mapValues(String::valueOf)
            .to(args[4]);
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.start();
        while (System.in.read() >= 0) ;
        streams.close();
    }
}
