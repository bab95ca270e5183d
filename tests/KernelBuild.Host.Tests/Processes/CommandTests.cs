using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Host.Tests.Processes;

public sealed class CommandTests
{
    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments = ["", " ", "two words", "it's", "\"quoted\"", "line\nbreak", "$HOME `id` \\", "ünïcode", "-c", "*"];
        var text = await new Command(DummyProgram.Path)
            .WithArguments("arguments")
            .WithArguments(arguments)
            .ReadAsync(CancellationToken.None);
        text.Split('\0')[..^1].ShouldBe(arguments);
    }

    [Fact]
    public void A_command_can_be_typed_as_it_is_shown()
    {
        var command = new Command("printf").WithArguments("%s|", "two words", "it's", "", "$HOME", "line\nbreak");
        Oracle.Text("/", "sh", "-c", command.ToString()).ShouldBe("two words|it's||$HOME|line\nbreak|");
    }

    [Fact]
    public async Task The_child_sees_only_the_environment_of_the_command()
    {
        var command = new Command(DummyProgram.Path) { Environment = new Command("x").Environment.Clear() }
            .WithArguments("environment")
            .WithEnvironment("PATH", Environment.GetEnvironmentVariable("PATH"))
            .WithEnvironment("DOTNET_ROOT", Environment.GetEnvironmentVariable("DOTNET_ROOT"))
            .WithEnvironment("GREETING", "two words");
        var lines = (await command.RunAsync(CancellationToken.None)).Output;
        lines.ShouldContain("GREETING=two words");
        // what sh itself sets
        lines.Select(line => line.Split('=')[0]).Except(["GREETING", "PATH", "DOTNET_ROOT", "PWD", "OLDPWD", "SHLVL", "_"]).ShouldBeEmpty();
    }

    [Fact]
    public void Variables_that_change_a_kernel_are_left_out()
    {
        string[] names = ["CFLAGS", "CROSS_COMPILE", "KBUILD_BUILD_USER", "GIT_DIR", "MAKEFLAGS", "LANG"];
        new Command("make").Environment.Keys.Intersect(names).ShouldBeEmpty();
        new Command("make").Environment["LC_ALL"].ShouldBe("C");
    }

    [Fact]
    public async Task Ten_megabytes_on_each_stream_are_drained()
    {
        var errors = 0;
        var result = await (new Command(DummyProgram.Path) { OnError = _ => errors++ })
            .WithArguments("flood", "100000")
            .RunAsync(CancellationToken.None);
        result.Output.Count.ShouldBe(100_000);
        errors.ShouldBe(100_000);
    }

    [Fact]
    public async Task File_names_are_read_as_UTF8() =>
        (await new Command("printf").WithArguments("\\303\\274").ReadAsync(CancellationToken.None)).ShouldBe("ü");

    [Fact]
    public async Task Without_an_input_the_child_reads_nothing() =>
        (await new Command("cat").RunAsync(CancellationToken.None)).Output.ShouldBeEmpty();

    [Fact]
    public async Task An_input_reaches_the_child_whole()
    {
        var input = new byte[3 << 20];
        new Random(1).NextBytes(input);
        using var output = new MemoryStream();
        await (new Command("cat")
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(input, token),
            OutputConsumer = (stream, token) => stream.CopyToAsync(output, token),
        }).RunAsync(CancellationToken.None);
        output.ToArray().ShouldBe(input);
    }

    [Fact]
    public async Task A_child_that_does_not_read_its_input_is_no_error()
    {
        var result = await (new Command("true")
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(new byte[1 << 20], token),
        })
            .RunAsync(CancellationToken.None);
        result.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_KB4004()
    {
        var finding = await Findings.OfAsync(
            DiagnosticCodes.ToolMissing, () => new Command("no-such-program-of-ours").RunAsync(CancellationToken.None));
        finding.Message.ShouldContain("no-such-program-of-ours");
    }

    [Fact]
    public async Task A_failure_is_KB4005_with_command_exit_code_and_the_end_of_both_streams()
    {
        var script = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; echo the reason >&2; exit 7";
        var finding = await Findings.OfAsync(
            DiagnosticCodes.ToolFailed, () => new Command("sh").WithArguments("-c", script).RunAsync(CancellationToken.None));
        finding.Message.ShouldContain("exit code 7");
        finding.Fix.ShouldContain("sh -c");
        finding.Details.ShouldContain("line 99");
        finding.Details.ShouldContain("the reason");
        finding.Details.ShouldNotContain("line 0");
    }

    [Fact]
    public async Task An_exit_code_that_is_an_answer_is_returned() =>
        (await (new Command("false") { AnswerCodes = [1] }).RunAsync(CancellationToken.None)).ExitCode.ShouldBe(1);
}
