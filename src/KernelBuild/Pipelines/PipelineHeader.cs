namespace KernelBuild.Pipelines;

/// <summary>The comment that a generated file begins with.</summary>
internal static class PipelineHeader
{
    public const string Mark = "# Generated: edits are lost. It is renewed with";

    public static string Of(PipelineOptions options) => $"""
        {Mark}
        #   {options}
        # and ./nuke.sh GenerateCI --check tells when that would change it.
        """;
}
