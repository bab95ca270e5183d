using KernelBuild.Caching;
using KernelBuild.Host.Processes;

namespace KernelBuild.Tests.Caching;

/// <summary>ccache and clang compile a file again and again; what we change is what must be named.</summary>
public sealed class WhyObjectsMiss : IDisposable
{
    private readonly TestFolder _folder = new();

    public WhyObjectsMiss()
    {
        _folder.Write("one/a.h", "#define A 1\n");
        _folder.Write("one/a.c", "#include \"a.h\"\nint f(void) { return A; }\n");
        _folder.Folder("two");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<CompilerCall> CompileAsync(string checkout = "one", string compiler = "c1", params string[] options)
    {
        var token = TestContext.Current.CancellationToken;
        var log = _folder["log"];
        File.Delete(log);
        await new Command("ccache").WithArguments(["clang-19", "-Wp,-MMD,a.d", .. options, "-c", "-o", "a.o", "a.c"]).In(_folder[checkout])
            .WithEnvironment("CCACHE_DIR", _folder["cache"])
            .WithEnvironment("CCACHE_DEPEND", "1")
            .WithEnvironment("CCACHE_NOHASHDIR", "1")
            .WithEnvironment("CCACHE_BASEDIR", _folder[checkout])
            .WithEnvironment("CCACHE_COMPILERCHECK", "string:" + compiler)
            .WithEnvironment("CCACHE_LOGFILE", log)
            .RunAsync(token);
        var ledger = new CallLedger(_folder["ledger.gz"], _folder[checkout], compiler);
        return (await ledger.ExplainAsync(log, new Command("ccache"), token)).Calls.ShouldHaveSingleItem();
    }

    [FactWith("ccache", "clang-19")]
    public async Task What_differs_is_named()
    {
        (await CompileAsync()).Reason.ShouldBe("never compiled on this machine before");
        (await CompileAsync()).Outcome.ShouldBe("local hit");

        _folder.Write("one/a.h", "#define A 2\n");
        var include = await CompileAsync();
        include.Reason.ShouldBe("an include file changed");
        include.Details.ShouldBe(["a.h"]);

        _folder.Write("one/b.h", "#define B 2\n");
        _folder.Write("one/a.h", "#include \"b.h\"\n#define A B\n");
        (await CompileAsync()).Details.ShouldBe(["a.h", "b.h (not included before)"]);

        var option = await CompileAsync(options: ["-O2", $"-I{_folder["one"]}"]);
        option.Reason.ShouldBe("other options");
        option.Details.ShouldBe(["+ -O2", "+ -I."]);

        (await CompileAsync(compiler: "c2", options: ["-O2", $"-I{_folder["one"]}"])).Reason.ShouldBe("another compiler");

        File.AppendAllText(_folder["one/a.c"], "int g(void) { return 1; }\n");
        (await CompileAsync(compiler: "c2", options: ["-O2", $"-I{_folder["one"]}"])).Reason.ShouldBe("the source file changed");

        Directory.Delete(_folder["cache"], recursive: true);
        (await CompileAsync(compiler: "c2", options: ["-O2", $"-I{_folder["one"]}"])).Reason
            .ShouldBe("no longer in the cache, or another cache");

        // another checkout, whose paths count for nothing
        foreach (var file in Directory.EnumerateFiles(_folder["one"]))
        {
            File.Copy(file, Path.Combine(_folder["two"], Path.GetFileName(file)));
        }

        (await CompileAsync("two", "c2", "-O2", $"-I{_folder["two"]}")).Outcome.ShouldBe("local hit");
    }

    [Fact]
    public async Task A_ledger_that_was_cut_short_is_an_empty_one()
    {
        _folder.Write("ledger.gz", "no gzip");
        _folder.Write("log", "");
        var calls = await new CallLedger(_folder["ledger.gz"], "/", "c")
            .ExplainAsync(_folder["log"], new Command("ccache"), TestContext.Current.CancellationToken);
        calls.Calls.ShouldBeEmpty();
    }
}
