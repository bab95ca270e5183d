using KernelBuild.Diagnostics;
using KernelBuild.Sdk.Tasks;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tests;

/// <summary>What MSBuild is told of a finding: an IDE jumps to its place, and its code can be looked up.</summary>
public sealed class FindingsAsMessages : IDisposable
{
    private readonly RecordingEngine _engine = new();
    private readonly PrepareBuild _task;
    private readonly MSBuildLog _log;

    public FindingsAsMessages()
    {
        _task = new PrepareBuild { BuildEngine = _engine };
        _log = new MSBuildLog(_task);
    }

    public void Dispose() => _task.Dispose();

    [Fact]
    public void An_error_has_code_file_line_column_and_page()
    {
        _log.Report(Diagnostic.Error(DiagnosticCodes.CompilerError, "expected '{0}'", "add it") with
        {
            File = "drivers/a.c",
            Line = 12,
            Column = 3,
        });
        var error = _engine.Errors.ShouldHaveSingleItem();
        (error.Code, error.File, error.LineNumber, error.ColumnNumber).ShouldBe(("KB4001", "drivers/a.c", 12, 3));
        error.Message.ShouldBe("expected '{0}'\n  fix: add it");
        error.HelpLink.ShouldBe("docs/codes/KB4001.md");
        _task.Log.HasLoggedErrors.ShouldBeTrue();
    }

    [Fact]
    public void A_warning_is_a_warning_and_fails_nothing()
    {
        _log.Report(Diagnostic.Warning(DiagnosticCodes.PatchMoved, "moved") with { File = "0001-x.patch", Line = 17 });
        var warning = _engine.Warnings.ShouldHaveSingleItem();
        (warning.Code, warning.File, warning.LineNumber).ShouldBe(("KB2012", "0001-x.patch", 17));
        _task.Log.HasLoggedErrors.ShouldBeFalse();
    }

    [Fact]
    public void A_note_is_a_message_that_is_shown()
    {
        _log.Report(Diagnostic.Note(DiagnosticCodes.PatchMoved, "moved"));
        var message = _engine.Messages.ShouldHaveSingleItem();
        (message.Code, message.Importance).ShouldBe(("KB2012", MessageImportance.High));
        _engine.Errors.ShouldBeEmpty();
        _engine.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void What_a_stage_says_is_shown_as_it_is()
    {
        _log.Status("fetched {0} of 100 %");
        _engine.Messages.ShouldHaveSingleItem().Message.ShouldBe("fetched {0} of 100 %");
    }

    [Fact]
    public void Progress_right_after_a_line_is_left_out()
    {
        _log.Status("compiling");
        _log.Progress("1 object", 0.5);
        _engine.Messages.Count.ShouldBe(1);
    }
}
