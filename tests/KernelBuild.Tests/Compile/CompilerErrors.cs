using KernelBuild.Compile;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.Compile;

/// <summary>What clang, lld and dtc really print.</summary>
public sealed class CompilerErrors : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly BuildOutputParser _parser;

    public CompilerErrors()
    {
        _folder.Folder("out");
        _parser = new BuildOutputParser(_folder["out"]);
    }

    private void Read(string program, params string[] arguments)
    {
        var (exitCode, output, errors) = Oracle.Try(_folder["out"], program, arguments);
        exitCode.ShouldNotBe(0);
        foreach (var line in (output + errors).Split('\n'))
        {
            _parser.Read(line);
        }
    }

    private void Is(Diagnostic finding, string code, string file, int line, int column, string message)
    {
        finding.Code.ShouldBe(code);
        finding.File.ShouldBe(_folder[file]);
        (finding.Line, finding.Column).ShouldBe((line, column));
        finding.Message.ShouldContain(message);
    }

    [FactWith("clang-19")]
    public void Each_error_of_clang_has_file_line_and_column()
    {
        var file = _folder.Write("tree/drivers/bad.c", "int main(void)\n{\n#warning careful\n\treturn undeclared;\n}\nint x = ;\n");
        Read("clang-19", "-Wall", "-c", file, "-o", "bad.o");
        _parser.Errors.Count.ShouldBe(2);
        Is(_parser.Errors[0], "KB4001", "tree/drivers/bad.c", 4, 9, "use of undeclared identifier 'undeclared'");
        Is(_parser.Errors[1], "KB4001", "tree/drivers/bad.c", 6, 9, "expected expression");
        _parser.Warnings.ShouldBe(1);
    }

    [FactWith("make")]
    public async Task What_make_quotes_below_an_error_has_no_lines_of_progress()
    {
        _folder.Write("out/Makefile", "all:\n\t@echo '  CC      init/main.o'; echo '  LD [M]  a.ko'; echo 'an error of a script' >&2; echo '  indented words'\n"
            + "\t@$(MAKE) -w -s fail\nfail:\n\t@false\n");
        var make = new Command("make") { IsProgress = KbuildStep.IsProgress };
        var finding = await Findings.OfAsync(
            "KB4005", () => make.In(_folder["out"]).RunAsync(TestContext.Current.CancellationToken));
        finding.Details.ShouldContain("an error of a script");
        finding.Details.ShouldContain("  indented words");
        finding.Details.ShouldContain(line => line.Contains("fail] Error 1", StringComparison.Ordinal));
        finding.Details.ShouldNotContain(line => line.Contains("main.o", StringComparison.Ordinal)
            || line.Contains("a.ko", StringComparison.Ordinal) || line.Contains(" directory ", StringComparison.Ordinal));
    }

    [FactWith("clang-19")]
    public void A_missing_header_is_an_error_of_the_file_that_includes_it()
    {
        var file = _folder.Write("tree/bad.c", "#include \"no-such.h\"\n");
        Read("clang-19", "-c", file, "-o", "bad.o");
        Is(_parser.Errors.ShouldHaveSingleItem(), "KB4001", "tree/bad.c", 1, 10, "'no-such.h' file not found");
    }

    [FactWith("clang-19")]
    public void A_wrong_instruction_is_an_error_with_a_place()
    {
        var file = _folder.Write("tree/bad.S", "\tmov x0, x1\n\tnonsense x0\n");
        Read("clang-19", "--target=aarch64-linux-gnu", "-c", file, "-o", "bad.o");
        Is(_parser.Errors.ShouldHaveSingleItem(), "KB4001", "tree/bad.S", 2, 2, "unrecognized instruction");
    }

    [FactWith("clang-19")]
    public void Names_relative_to_the_output_folder_lead_to_the_tree()
    {
        // as ccache writes them, which turns what lies below its base folder into relative names
        _folder.Write("tree/drivers/bad.c", "int x = ;\n");
        Read("clang-19", "-c", "../tree/drivers/bad.c", "-o", "bad.o");
        Is(_parser.Errors.ShouldHaveSingleItem(), "KB4001", "tree/drivers/bad.c", 1, 9, "expected expression");
    }

    [FactWith("clang-19", "ld.lld-19")]
    public void A_symbol_that_the_linker_misses_is_named_with_who_wants_it()
    {
        var file = _folder.Write("tree/bad.c", "int missing(void); int _start(void) { return missing(); }\n");
        Oracle.Text(_folder["out"], "clang-19", "--target=aarch64-linux-gnu", "-c", file, "-o", "bad.o");
        Read("ld.lld-19", "bad.o", "-o", "bad");
        var finding = _parser.Errors.ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB4001");
        finding.Message.ShouldBe("undefined symbol: missing");
        finding.Details.ShouldContain(line => line.Contains("_start", StringComparison.Ordinal));
    }

    [FactWith("dtc")]
    public void A_syntax_error_of_dtc_has_file_line_and_column()
    {
        var file = _folder.Write("tree/bad.dts", "/dts-v1/;\n/ {\n\tnode {\n\t\tx = <1\n\t};\n};\n");
        Read("dtc", "-I", "dts", "-O", "dtb", "-o", "bad.dtb", file);
        var finding = _parser.Errors[0];
        finding.Code.ShouldBe("KB4003");
        finding.File.ShouldBe(file);
        finding.Line.ShouldBe(5);
        finding.Message.ShouldContain("syntax error");
    }

    [FactWith("dtc")]
    public void A_label_that_is_not_there_has_its_place()
    {
        var file = _folder.Write("tree/bad.dts", "/dts-v1/;\n/ {\n\tnode {\n\t\tref = <&nowhere>;\n\t};\n};\n");
        Read("dtc", "-I", "dts", "-O", "dtb", "-o", "bad.dtb", file);
        var finding = _parser.Errors[0];
        finding.Code.ShouldBe("KB4003");
        finding.File.ShouldBe(file);
        finding.Line.ShouldBeInRange(3, 4);
        finding.Message.ShouldContain("nowhere");
    }

    [FactWith("dtc")]
    public void A_folder_with_a_blank_in_its_name_is_no_obstacle()
    {
        var file = _folder.Write("my tree/bad.dts", "/dts-v1/;\n/ { oops };\n");
        Read("dtc", "-I", "dts", "-O", "dtb", "-o", "bad.dtb", file);
        _parser.Errors[0].File.ShouldBe(file);
        _parser.Errors[0].Line.ShouldBe(2);
    }

    [Fact]
    public void Steps_of_kbuild_are_counted()
    {
        foreach (var line in (string[])
        [
            "  CC      init/main.o", "  AS      arch/arm64/kernel/entry.o", "  LD      vmlinux.o", "  CC [M]  drivers/x.o",
            "  OBJCOPY arch/arm64/boot/Image", "  not a step",
        ])
        {
            _parser.Read(line);
        }

        _parser.Objects.ShouldBe(3);
        _parser.Current.ShouldBe("arch/arm64/boot/Image");
        _parser.Errors.ShouldBeEmpty();
    }

    public void Dispose() => _folder.Dispose();
}
