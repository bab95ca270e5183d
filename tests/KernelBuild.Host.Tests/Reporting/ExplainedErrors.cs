using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Host.Tests.Reporting;

/// <summary>What a user can cause becomes a finding; a bug does not.</summary>
public sealed class ExplainedErrors
{
    [Fact]
    public void An_interruption_is_KB9011_also_inside_of_others()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var thrown = Should.Throw<OperationCanceledException>(() => cancellation.Token.ThrowIfCancellationRequested());
        Code(thrown).ShouldBe(DiagnosticCodes.Interrupted);
        Code(new TaskCanceledException()).ShouldBe(DiagnosticCodes.Interrupted);
        Code(new AggregateException(thrown)).ShouldBe(DiagnosticCodes.Interrupted);
    }

    [Fact]
    public void A_file_that_is_not_there_is_KB9012() =>
        Code(Should.Throw<IOException>(() => File.ReadAllText("/no/such/file"))).ShouldBe(DiagnosticCodes.FileUnreadable);

    [Fact]
    public void A_disk_that_is_full_comes_first_whoever_noticed_it() => UserErrors.Explain(
            new DiagnosticException(Diagnostic.Error(DiagnosticCodes.ToolFailed, "git failed") with
            {
                Details = ["fatal: write error: No space left on device"],
            }))
        .Select(finding => finding.Code).ShouldBe([DiagnosticCodes.DiskFull, DiagnosticCodes.ToolFailed]);

    [Fact]
    public void A_bug_is_none_of_them() => UserErrors.Explain(new InvalidOperationException("bug")).ShouldBeEmpty();

    private static string Code(Exception exception) => UserErrors.Explain(exception).ShouldHaveSingleItem().Code;
}
