namespace KernelBuild.Testing;

/// <summary>CycloneDX's own validator: the published schema of version 1.6, strictly.</summary>
public static class SbomValidator
{
    public const string Package = "npm:@cyclonedx/cyclonedx-library";

    /// <summary>What it says; "null" for a good one.</summary>
    public static string Errors(string file)
    {
        var (exitCode, output, errors) = CiPrograms.Node(
            """
            import { readFileSync } from 'node:fs'
            import * as CDX from '@cyclonedx/cyclonedx-library'
            const validator = new CDX.Validation.JsonStrictValidator(CDX.Spec.Version.v1dot6)
            console.log(JSON.stringify(await validator.validate(readFileSync(process.argv[2], 'utf8'))))
            """,
            file);
        exitCode.ShouldBe(0, errors);
        return output.Trim();
    }
}
