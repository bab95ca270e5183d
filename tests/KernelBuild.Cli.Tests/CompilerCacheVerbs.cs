using System.Text.Json;
using KernelBuild.Device;

namespace KernelBuild.Cli.Tests;

/// <summary><c>cache why</c> where there is nothing to tell.</summary>
public sealed class CompilerCacheVerbs : IDisposable
{
    private readonly TestFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_device_that_was_never_compiled_is_named_with_the_command_that_compiles_it()
    {
        var run = CommandRun.Of("cache", "why", "drivers/one.o", "--device", "mini", "--root", _files.Path);
        run.ExitCode.ShouldBe(1, run.Errors);
        run.Errors.ShouldContain("KB4018");
        run.Errors.ShouldContain("./nuke.sh BuildKernel --device mini");
    }

    [Fact]
    public void The_document_has_what_the_text_has_and_names_objects_that_are_not_recorded()
    {
        var folders = new DeviceFolders(_files.Path, "mini");
        _files.Write(Path.GetRelativePath(_files.Path, folders.CompilerCallsFile), """
            { "calls": [
              { "objectFile": "drivers/one.o", "outcome": "miss", "reason": "an include file differs", "details": ["include/linux/pci.h differs"] },
              { "objectFile": "drivers/two.o", "outcome": "local hit", "reason": "", "details": [] } ] }
            """);
        var run = CommandRun.Of("cache", "why", "drivers/one.o", "drivers/tow.o", "--device", "mini", "--root", _files.Path, "--json");
        run.ExitCode.ShouldBe(1);
        using var document = JsonDocument.Parse(run.Output);
        var answer = document.RootElement.GetProperty("objects").EnumerateArray().ShouldHaveSingleItem();
        answer.GetProperty("object").GetString().ShouldBe("drivers/one.o");
        answer.GetProperty("details")[0].GetString().ShouldBe("include/linux/pci.h differs");
        document.RootElement.GetProperty("findings")[0].GetProperty("fix").GetString()!.ShouldContain("drivers/two.o");

        var text = CommandRun.Of("cache", "why", "drivers/one.o", "--device", "mini", "--root", _files.Path);
        text.ExitCode.ShouldBe(0, text.Errors);
        text.Output.ShouldBe("drivers/one.o: miss: an include file differs\n  include/linux/pci.h differs\n");
    }
}
