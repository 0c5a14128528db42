import com.fasterxml.jackson.databind.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.header.*;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/** Prints what Apache's transformations and predicates make of the records in the file of cases that is its argument, a line each. */
public class TransformGolden {
  static final JsonConverter JSON = new JsonConverter();
  static final ObjectMapper MAPPER = new ObjectMapper();

  static SchemaAndValue read(JsonNode node) throws Exception {
    return node == null ? SchemaAndValue.NULL : JSON.toConnectData("t", node.asText().getBytes(StandardCharsets.UTF_8));
  }

  static String text(Schema schema, Object value) {
    byte[] bytes = JSON.fromConnectData("t", schema, value);
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static ConnectRecord<?> record(JsonNode node) throws Exception {
    SchemaAndValue key = read(node.get("key")), value = read(node.get("value"));
    String topic = node.get("topic").asText();
    Integer partition = node.get("partition").isNull() ? null : node.get("partition").asInt();
    Long timestamp = node.get("timestamp").isNull() ? null : node.get("timestamp").asLong();
    ConnectHeaders headers = new ConnectHeaders();
    if (node.has("headers"))
      for (JsonNode header : node.get("headers")) headers.add(header.get(0).asText(), read(header.get(1)));
    if (node.has("source"))
      return new SourceRecord(Map.of(), Map.of(), topic, partition, key.schema(), key.value(), value.schema(), value.value(), timestamp, headers);
    return new SinkRecord(topic, partition, key.schema(), key.value(), value.schema(), value.value(), node.get("offset").asLong(),
        timestamp, TimestampType.CREATE_TIME, headers);
  }

  static String shown(ConnectRecord<?> record) {
    if (record == null) return "dropped";
    try {
      return written(record);
    } catch (Exception e) {
      return "! not written";
    }
  }

  static String written(ConnectRecord<?> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) headers.add("[\"" + header.key() + "\"," + text(header.schema(), header.value()) + "]");
    return "[\"" + record.topic() + "\"," + record.kafkaPartition() + "," + record.timestamp() + "," + text(record.keySchema(), record.key())
        + "," + text(record.valueSchema(), record.value()) + ",[" + String.join(",", headers) + "]]";
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static String result(String name, Map<String, String> config, JsonNode node) {
    try {
      Object made = Class.forName("org.apache.kafka.connect.transforms." + name).getDeclaredConstructor().newInstance();
      if (made instanceof Predicate predicate) {
        predicate.configure(config);
        return String.valueOf(predicate.test(record(node)));
      }
      Transformation transformation = (Transformation) made;
      transformation.configure(config);
      return shown((ConnectRecord<?>) transformation.apply(record(node)));
    } catch (Exception e) {
      return "! " + String.valueOf(e.getMessage()).split("\n")[0];
    }
  }

  public static void main(String[] args) throws Exception {
    JSON.configure(Map.of("schemas.enable", "true", "converter.type", "value"), false);
    Map<String, JsonNode> records = new HashMap<>();
    StringBuilder printed = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      JsonNode one = MAPPER.readTree(line);
      if (one.has("record")) {
        records.put(one.get("record").asText(), one);
        continue;
      }
      Map<String, String> config = new LinkedHashMap<>();
      for (var entry : one.get("config").properties()) config.put(entry.getKey(), entry.getValue().asText());
      for (JsonNode record : one.get("records"))
        printed.append(one.get("class").asText()).append(' ').append(one.get("config")).append(" on ").append(record.asText()).append('\t')
            .append(result(one.get("class").asText(), config, records.get(record.asText()))).append('\n');
    }
    System.out.write(printed.toString().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
