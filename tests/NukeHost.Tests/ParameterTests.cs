using Nuke.Common;

namespace NukeHost.Tests;

[Collection(BuildsInThisProcess.Name)]
public sealed class ParameterTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Command_line_comes_before_environment_before_file_before_initialiser()
    {
        _run.Execute<Build>()!.Device.ShouldBe("initial");
        _run[".nuke/parameters.json"] =
            """{ "$schema": "build.schema.json", "Device": "file", "Jobs": 3, "Locked": true, "Series": ["a", "b"] }""";
        var build = _run.Execute<Build>()!;
        (build.Device, build.Jobs, build.Locked).ShouldBe(("file", 3, true));
        build.Series.ShouldBe(["a", "b"]);
        _run.Environment["DEVICE"] = "environment";
        _run.Execute<Build>()!.Device.ShouldBe("environment");
        _run.Environment["NUKE_DEVICE"] = "prefixed";
        _run.Execute<Build>()!.Device.ShouldBe("prefixed");
        _run.Execute<Build>("--device", "line")!.Device.ShouldBe("line");
        _run.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--without-patches")]
    [InlineData("--WithoutPatches")]
    [InlineData("-withoutpatches")]
    public void Names_match_without_case_and_dashes(string option) => _run.Execute<Build>(option)!.WithoutPatches.ShouldBeTrue();

    [Fact]
    public void The_last_occurrence_wins() => _run.Execute<Build>("--device", "a", "--device", "b")!.Device.ShouldBe("b");

    [Fact]
    public void A_switch_can_be_switched_off() => _run.Execute<Build>("--without-patches", "false")!.WithoutPatches.ShouldBeFalse();

    [Fact]
    public void An_array_takes_values_up_to_the_next_option() =>
        _run.Execute<Build>("--series", "a", "b", "--device", "x")!.Series.ShouldBe(["a", "b"]);

    [Fact]
    public void A_negative_number_is_a_value() => _run.Execute<Build>("--jobs", "-2")!.Jobs.ShouldBe(-2);

    [Fact]
    public void An_empty_environment_variable_sets_nothing()
    {
        _run.Environment["JOBS"] = "";
        _run.Execute<Build>()!.Jobs.ShouldBeNull();
        _run.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void What_every_build_has_is_read_from_prefixed_variables_only()
    {
        _run.Environment["TARGET"] = "aarch64-linux-gnu";
        _run.Execute<Build>();
        _run.ExitCode.ShouldBe(0);
        _run.Environment["NUKE_TARGET"] = "Flash";
        _run.Execute<Build>();
        _run.ExitCode.ShouldBe(2);
    }

    [Theory]
    [InlineData("unknown option --devcie", "did you mean --device?", "--devcie", "x")]
    [InlineData("unknown option -h", "did you mean --help?", "-h")]
    [InlineData("--jobs: 'abc' is not a whole number", "write <number> instead of 'abc'", "--jobs", "abc")]
    [InlineData("--verbosity: 'loud' is not one of Verbose, Normal, Minimal, Quiet", "write Verbose|Normal|", "--verbosity", "loud")]
    [InlineData("--device needs a value", "write --device <device>", "--device")]
    [InlineData("--device takes one value, but 2 follow it: a b", "--device \"a b\"", "--device", "a", "b")]
    [InlineData("'--device=virt': a space separates an option and its value", "write --device virt", "--device=virt")]
    [InlineData("target Flash stands after the option --locked", "./nuke.sh Flash --locked", "--locked", "flash")]
    [InlineData(
        "target Flash stands after the option --device", "./nuke.sh Default Flash --device virt", "Default", "--device", "virt", "Flash")]
    [InlineData("--locked takes one value, but 2 follow it", "", "--locked", "true", "x")]
    [InlineData("--locked: 'maybe' is not true or false", "write true|false", "--locked", "maybe")]
    [InlineData("there is no target Flsh; the targets are AfterFlash, Default, Flash", "did you mean Flash?", "Flsh")]
    [InlineData("there is no target Nothing", "name one of these", "--skip", "Nothing")]
    [InlineData(
        "target Flash requires a value for --cable (The cable)", "add --cable <cable>, or set \"Cable\" in .nuke/parameters.json", "Flash")]
    [InlineData("the root directory /nowhere does not exist", "name a directory that exists", "--root", "/nowhere")]
    public void A_slip_on_the_command_line_is_an_error_with_a_fix(string error, string fix, params string[] arguments)
    {
        _run.Execute<Build>(arguments);
        _run.ExitCode.ShouldBe(2);
        _run.Errors.ShouldContain($"error KB9010: {error}");
        _run.Errors.ShouldContain($"  fix: ");
        _run.Errors.ShouldContain(fix);
        _run.Output.ShouldNotContain("Build ");
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        _run.Execute<Build>("--jobs", "abc", "--verbosity", "loud");
        _run.Errors.Split("error KB9010").Length.ShouldBe(3);
    }

    [Fact]
    public void A_bad_value_in_the_environment_is_told_by_the_variable()
    {
        _run.Environment["NUKE_JOBS"] = "many";
        _run.Execute<Build>();
        _run.Errors.ShouldContain("environment variable NUKE_JOBS: 'many' is not a whole number");
    }

    [Theory]
    [InlineData("""{ "Devise": "x" }""", "sets \"Devise\", which is no parameter", "did you mean \"Device\"?")]
    [InlineData("""{ "Jobs": "abc" }""", "\"Jobs\": 'abc' is not a whole number", "")]
    [InlineData("{", "cannot be read", "correct the file")]
    [InlineData("[]", "cannot be read", "correct the file")]
    public void A_slip_in_the_parameters_file_is_an_error_with_a_fix(string content, string error, string fix)
    {
        _run[".nuke/parameters.json"] = content;
        _run.Execute<Build>();
        _run.ExitCode.ShouldBe(2);
        _run.Errors.ShouldContain(error);
        _run.Errors.ShouldContain(fix);
    }

    [Theory]
    [InlineData("--cable", "")]
    [InlineData("--cable", "x")]
    public void A_required_parameter_must_not_be_empty(params string[] arguments)
    {
        _run.Execute<Build>(["Flash", .. arguments]);
        _run.ExitCode.ShouldBe(arguments[1].Length > 0 ? 0 : 2);
    }

    [Fact]
    public void What_a_skipped_target_requires_is_not_required()
    {
        _run.Execute<Build>("AfterFlash", "--skip");
        _run.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_parameter_can_have_another_name_than_its_field() => _run.Execute<Build>("--build")!.Compile.ShouldBeTrue();

    private sealed class Build : NukeBuild
    {
        [Parameter]
        public readonly string Device = "initial";

        [Parameter]
        public readonly int? Jobs;

        [Parameter]
        public readonly bool Locked;

        [Parameter]
        public readonly string[] Series = [];

        [Parameter("The cable.")]
        private readonly string? Cable;

        [Parameter]
        public readonly bool WithoutPatches;

        [Parameter(Name = "Build")]
        public readonly bool Compile;

        private Target Default => _ => _;

        private Target Flash => _ => _.Requires(() => Cable);

        private Target AfterFlash => _ => _.DependsOn(Flash);
    }
}
