using System.Text.Json;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Cli.Tests;

/// <summary>kernel path, types and diff: what is printed for people and programs, and the exit codes.</summary>
public sealed class KernelPathsTypesAndDifferences : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _image;

    public KernelPathsTypesAndDifferences() =>
        _image = _folder.Write("Image", SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true).Image);

    public void Dispose() => _folder.Dispose();

    [FactWith("dot")]
    public void A_path_is_printed_drawn_and_a_document()
    {
        var run = CommandRun.Of("kernel", "path", _image, "reads_through", "passes_on", "--dot", _folder["p.dot"], "--svg", _folder["p.svg"]);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldStartWith("reads_through to passes_on: 1 call\n  reads_through\n    -> passes_on (+0x");
        File.ReadAllText(_folder["p.dot"]).ShouldContain("\"reads_through\\n0x");
        File.ReadAllText(_folder["p.svg"]).ShouldContain("passes_on");
        var step = Json("path", _image, "reads_through", "passes_on").GetProperty("paths")[0].GetProperty("steps")[1];
        step.GetProperty("function").GetString().ShouldBe("passes_on");
        step.GetProperty("reference").GetProperty("kind").GetString().ShouldBe("call");
    }

    [Fact]
    public void Without_a_path_the_exit_code_is_1_and_any_of_several_is_enough()
    {
        var none = CommandRun.Of("kernel", "path", _image, "passes_on", "reads_through");
        (none.ExitCode, none.Output).ShouldBe((1, ""));
        none.Errors.ShouldContain("KB8031: no path of calls was found from passes_on to reads_through");

        CommandRun.Of("kernel", "path", _image, "reads_through", "--to-any", "pass*", "first_probe").ExitCode.ShouldBe(0);
        CommandRun.Of("kernel", "path", _image, "reads_through", "passes_on", "first_probe").ExitCode.ShouldBe(1);
        CommandRun.Of("kernel", "path", _image, "reads_through", "passes_on", "--avoid", "passes_on").ExitCode.ShouldBe(1);
        CommandRun.Of("kernel", "path", _image, "reads_through").Errors.ShouldContain("no function is named");
        CommandRun.Of("kernel", "path", _image, "no_such", "passes_on").Errors.ShouldContain("KB8007");
    }

    [Fact]
    public void Types_are_printed_listed_and_written_out()
    {
        CommandRun.Of("kernel", "types", _image, "driver_ops").Output.ShouldContain("probe");
        CommandRun.Of("kernel", "types", _image).Output.ShouldContain("struct driver_ops");
        CommandRun.Of("kernel", "types", _image, "driver_op").Errors.ShouldContain("KB8032");
        CommandRun.Of("kernel", "types", _image, "driver_op").Errors.ShouldContain("did you mean driver_ops?");
        Json("types", _image, "driver_ops").GetProperty("types")[0].GetProperty("members")[0].GetProperty("offset").GetInt32().ShouldBe(0);
        CommandRun.Of("kernel", "types", _image, "--btf", _folder["x.btf"]).ExitCode.ShouldBe(0);
        File.ReadAllBytes(_folder["x.btf"])[..4].ShouldBe([0x9f, 0xeb, 1, 0]);
    }

    [Fact]
    public void A_kernel_does_not_differ_from_itself_and_another_one_is_told_apart()
    {
        var same = CommandRun.Of("kernel", "diff", _image, _image);
        same.ExitCode.ShouldBe(0);
        same.Errors.ShouldContain("KB8033");
        same.Output.Split('\n').Where(line => line.EndsWith(": no difference", StringComparison.Ordinal)).Count().ShouldBe(6);

        var bytes = File.ReadAllBytes(_image);
        var at = bytes.AsSpan().IndexOf("status\0"u8);
        "vendor\0"u8.CopyTo(bytes.AsSpan(at));
        var vendor = _folder.Write("vendor", bytes);
        CommandRun.Of("kernel", "diff", _image, vendor).Output.ShouldContain("+ vendor (reads_a_property)");
        var document = Json("diff", _image, vendor);
        document.GetProperty("properties").EnumerateArray().Select(property => property.GetProperty("name").GetString()).ShouldBe(["status", "vendor"]);
    }

    [Fact]
    public void What_cannot_be_compared_is_not_called_equal()
    {
        var bytes = File.ReadAllBytes(_image);
        for (var at = 0; bytes.AsSpan(at).IndexOf((ReadOnlySpan<byte>)[0x9f, 0xeb, 1, 0]) is >= 0 and var next; at += next + 1)
        {
            bytes[at + next] = 0;
        }

        var untyped = _folder.Write("untyped", bytes);
        var run = CommandRun.Of("kernel", "diff", _image, untyped);
        run.Output.ShouldContain("structures: not compared\n");
        run.Errors.ShouldContain("structures were not compared: one of the kernels has no types (BTF)");
        Json("diff", _image, untyped).GetProperty("layoutSource").GetString().ShouldBe("unknown");
        Json("diff", _image, _image).GetProperty("layoutSource").GetString().ShouldBe("types");
    }

    private static JsonElement Json(params string[] arguments)
    {
        var run = CommandRun.Of(["kernel", .. arguments, "--json"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
