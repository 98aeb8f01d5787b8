import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Asks veraPDF whether files are PDF/A-3a; prints each broken clause, exits 1 on any. */
public class Validate {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        var flavour = PDFAFlavour.fromString("3a");
        var allGood = true;
        for (var file : files) {
            try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour)) {
                var validator = Foundries.defaultInstance().createValidator(flavour, false);
                var result = validator.validate(parser);
                System.out.println(file + " compliant=" + result.isCompliant());
                allGood &= result.isCompliant();
                result.getTestAssertions().stream()
                    .filter(one -> one.getStatus() == TestAssertion.Status.FAILED)
                    .map(one -> one.getRuleId().getClause() + " " + one.getMessage())
                    .distinct()
                    .forEach(System.out::println);
            }
        }
        System.exit(allGood ? 0 : 1);
    }
}
