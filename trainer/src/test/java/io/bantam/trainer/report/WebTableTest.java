package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebTableTest {
    @Test
    void sizeAndScoresComeFirstAndPaperGetsParts(@TempDir Path folder) throws Exception {
        ComparisonTable table = ComparisonTable.of(Comparison.of(List.of(RunFolder.read(MadeUpRun.write(folder, 1)))));
        WebTable web = WebTable.of(table);
        List<String> headers =
                web.columns().stream().map(ComparisonTable.Column::header).toList();
        assertEquals(List.of("Variant", "Size", "EM %", "ES", "Bits w/a/e", "Layers"), headers.subList(0, 6));
        assertEquals(15, headers.size());
        assertEquals(
                new ComparisonTable.Cell("1.10 MB", "1,104,220"),
                web.rows().get(2).cells().get(1));
        List<WebTable> parts = web.parts(8);
        assertEquals(
                List.of(8, 8), parts.stream().map(part -> part.columns().size()).toList());
        assertEquals(web.columns().getFirst(), parts.getLast().columns().getFirst());
        assertEquals(
                web.rows().get(2).cells().getLast(),
                parts.getLast().rows().get(2).cells().getLast());
        assertEquals(List.of(web), web.parts(15));
    }
}
