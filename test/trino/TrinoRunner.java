import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.Session;
import io.trino.plugin.memory.MemoryConnectorFactory;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedResult;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Statements as a JSON array on standard input; their rows, as texts, and types into the file that the argument names. */
public class TrinoRunner {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        String[] statements = JSON.readValue(System.in, String[].class);
        Session session = TestingSession.testSessionBuilder().setCatalog("memory").setSchema("default").build();
        List<Object> answers = new ArrayList<>();
        try (LocalQueryRunner runner = LocalQueryRunner.create(session)) {
            runner.createCatalog("memory", new MemoryConnectorFactory(), Map.of());
            for (String statement : statements) answers.add(answer(runner, statement));
        }
        JSON.writeValue(new File(arguments[0]), answers);
        System.exit(0);
    }

    private static Object answer(LocalQueryRunner runner, String statement) {
        try {
            List<Object> rows = new ArrayList<>();
            MaterializedResult result = runner.execute(statement);
            for (MaterializedRow row : result.getMaterializedRows()) {
                List<String> fields = new ArrayList<>();
                for (Object field : row.getFields()) fields.add(field == null ? null : String.valueOf(field));
                rows.add(fields);
            }
            List<String> types = new ArrayList<>();
            result.getTypes().forEach(type -> types.add(type.getDisplayName()));
            return Map.of("rows", rows, "types", types);
        }
        catch (RuntimeException error) {
            return Map.of("error", String.valueOf(error.getMessage()));
        }
    }
}
