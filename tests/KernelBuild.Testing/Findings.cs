using KernelBuild.Diagnostics;

namespace KernelBuild.Testing;

public static class Findings
{
    /// <summary>The first finding of an action that must fail with this code.</summary>
    public static Diagnostic Of(string code, Action action)
    {
        var finding = Should.Throw<DiagnosticException>(action).Diagnostics[0];
        finding.Code.ShouldBe(code, finding.ToString());
        return finding;
    }

    public static async Task<Diagnostic> OfAsync(string code, Func<Task> action)
    {
        var finding = (await Should.ThrowAsync<DiagnosticException>(action)).Diagnostics[0];
        finding.Code.ShouldBe(code, finding.ToString());
        return finding;
    }
}
