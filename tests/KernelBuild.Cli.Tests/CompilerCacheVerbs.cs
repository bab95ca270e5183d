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
}
