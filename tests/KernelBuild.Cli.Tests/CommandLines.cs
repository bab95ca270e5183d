namespace KernelBuild.Cli.Tests;

public sealed class CommandLines
{
    [Theory]
    [InlineData("")]
    [InlineData("boot")]
    [InlineData("boot info")]
    [InlineData("boot info --nonsense")]
    [InlineData("nonsense")]
    [InlineData("boot nonsense")]
    public void A_wrong_command_line_is_exit_code_2_and_says_where_help_is(string line)
    {
        var run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        run.Errors.ShouldContain("KB9010");
        run.Errors.ShouldContain("--help shows what it takes");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("boot --help")]
    [InlineData("boot info --help")]
    public void Help_teaches_with_an_example(string line)
    {
        var run = CommandRun.Of(line.Split(' '));

        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("kernelbuild boot info boot.img");
        run.Errors.ShouldBeEmpty();
    }
}
