using System.Globalization;
using KernelBuild.Host.Processes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Small kernels of every series, by gcc and by clang with LTO, CFI, shadow call stack and RELR, with all symbols listed and with functions
/// only: symbols are those of /proc/kallsyms, the base that of System.map, direct calls those of llvm-objdump. One in every run, beside
/// virt; all sixteen with --exhaustive.
/// </summary>
[Collection(nameof(KernelsThatBoot))]
public sealed class MatrixOfKernels(RealKernelBuild build, ITestOutputHelper log) : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernelbuild-matrix-").FullName;

    public static TheoryData<string, string, bool> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, bool> { { "6.1", "clang", false } };
            if (Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 })
            {
                cells.Add("6.1", "clang", true);
                foreach (var series in (string[])["5.10", "6.12", "7.2"])
                {
                    cells.Add(series, "clang", false);
                    cells.Add(series, "clang", true);
                }

                foreach (var series in (string[])["5.10", "6.1", "6.12", "7.2"])
                {
                    cells.Add(series, "gcc", false);
                    cells.Add(series, "gcc", true);
                }
            }

            return cells;
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Symbols_base_and_direct_calls_are_those_that_the_kernel_and_llvm_objdump_show(string series, string compiler, bool all)
    {
        await BuildAsync(series, compiler, all, "");
        var artifacts = Artifacts;
        var kernel = await File.ReadAllBytesAsync(Path.Combine(artifacts, "Image"), TestContext.Current.CancellationToken);
        var image = new KernelImage(kernel);
        var truth = Guest.Kallsyms(kernel);
        var ours = ProcKallsyms.Of(image);
        ours.AsSpan().SequenceEqual(truth).ShouldBeTrue($"first difference at byte {ours.AsSpan().CommonPrefixLength(truth)}");

        var text = File.ReadLines(Path.Combine(artifacts, "System.map")).First(line => line.EndsWith(" _text", StringComparison.Ordinal));
        image.Base.ShouldBe(ulong.Parse(text.Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

        var symbols = image.ReadSymbols();
        var functions = Enumerable.Range(0, symbols.Count).Select(i => symbols[i]).Where(symbol => symbol.IsCode).Select(symbol => symbol.Address)
            .ToHashSet();
        var expected = ObjdumpListing.DirectCalls(
            Path.Combine(artifacts, "vmlinux"), [.. symbols.Addresses.ToArray().Distinct()], functions);
        var calls = CallScan.To(new CodeMap(image), functions).Select(call => (call.From, call.To, call.Kind)).ToHashSet();
        expected.Count.ShouldBeGreaterThan(20_000);
        var replacements = ObjdumpListing.Replacements(Path.Combine(artifacts, "vmlinux"));
        replacements.Count.ShouldBeGreaterThan(100);
        calls.Except(expected).Where(call => !replacements.Contains(call.From)).Select(Line).ShouldBeEmpty("not in llvm-objdump's listing");
        expected.Except(calls).Select(Line).ShouldBeEmpty("missing");
        if (compiler == "clang" && series != "5.10")
        {
            HashesThatCallsCompare(image, functions);
            PathsByHash(image);
        }
    }

    /// <summary>Of every function that has a hash in front of it (kCFI, which 5.10 has not) the calls that llvm-objdump shows to compare it.</summary>
    private void HashesThatCallsCompare(KernelImage image, HashSet<ulong> functions)
    {
        var expected = ObjdumpListing.CheckedCalls(Path.Combine(Artifacts, "vmlinux")).ToLookup(call => call.Hash, call => call.Call);
        expected.Sum(group => group.Count()).ShouldBeGreaterThan(1000);
        var found = new CallerSearch(image).Of(functions, throughPointers: false, mostAlike: int.MaxValue);
        var called = 0;

        // in front of the very first ones, such as _text, there is nothing
        foreach (var function in functions.Where(function => function - image.Base!.Value >= 12))
        {
            var calls = found[function].Where(reference => reference.Kind == ReferenceKind.ByHash).Select(reference => reference.From).ToHashSet();
            if (calls.Count > 0)
            {
                // one, two or three words before it, over what lets a function be patched
                Enumerable.Range(1, 3).Any(back => expected[HashAt(image, function - (4 * (ulong)back))].ToHashSet().SetEquals(calls))
                    .ShouldBeTrue($"{function:x}");
                called++;
            }
            else if (found[function].Any(reference => reference.Kind is ReferenceKind.Address or ReferenceKind.DataPointer))
            {
                expected.Contains(HashAt(image, function - 4)).ShouldBeFalse($"the hash of {function:x} is compared, and was not found");
            }
        }

        log.WriteLine($"{called} functions may be called from one of {expected.Sum(group => group.Count())} checked calls");
        called.ShouldBeGreaterThan(1000);
    }

    /// <summary>Without types: from the enumeration of PCI to the SMMU's groups, with calls that llvm-objdump shows to compare the function's hash.</summary>
    private void PathsByHash(KernelImage image)
    {
        var symbols = image.ReadSymbols();
        var path = new CallPathSearch(image)
            .Find([symbols.AddressOf("__iommu_probe_device")], new HashSet<ulong> { symbols.AddressOf("arm_smmu_device_group") }, 3, new HashSet<ulong>(), true,
                TestContext.Current.CancellationToken)
            .Paths.ShouldHaveSingleItem();
        var step = path.Steps.Single(step => step.Reference?.Kind == ReferenceKind.ByHash);
        step.Function.ShouldBe("arm_smmu_device_group");
        ObjdumpListing.CheckedCalls(Path.Combine(Artifacts, "vmlinux"))
            .ShouldContain((step.Reference!.From, HashAt(image, step.Address - 4)));
    }

    private static uint HashAt(KernelImage image, ulong address) =>
        BitConverter.ToUInt32(image.Bytes.Span[(int)(address - image.Base!.Value)..]);

    /// <summary>Calls through pointers, which no disassembler shows: the kernel traces itself.</summary>
    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    public async Task Calls_that_ftrace_sees_are_found_in_kernels_by_clang_too(string series)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 }, "only with --exhaustive");
        await BuildAsync(series, "clang", all: true, "tracer.config");
        var calls = TracedCalls.Of(
            await File.ReadAllBytesAsync(Path.Combine(Artifacts, "Image"), TestContext.Current.CancellationToken), namesInitcalls: true);
        log.WriteLine(calls.ToString());
        calls.Edges.ShouldBeGreaterThan(400);
        calls.Unexplained.ShouldBeEmpty("every function that is called has its direct callers, or a table or code that holds its address");
        calls.Recall.ShouldBeGreaterThan(0.8);
        ((double)calls.ByHash / (calls.Through + calls.Missed.Count)).ShouldBeGreaterThan(0.9, "without types");
    }

    private string Artifacts => Path.Combine(_root, "artifacts", "cell");

    private async Task BuildAsync(string series, string compiler, bool all, string more)
    {
        build.Result.ExitCode.ShouldBe(0, "the guest's busybox comes out of our own boot.img");
        Write(series, compiler, all, more);
        var run = await Repository.RunAsync(
            Command.WithFullEnvironment(Repository.NukeScript).WithArguments("BuildKernel", "--device", "cell", "--root", _root));
        run.ExitCode.ShouldBe(0, run.Output);
    }

    private static string Line((ulong From, ulong To, ReferenceKind Kind) call) => $"{call.Kind} from {call.From:x} to {call.To:x}";

    private void Write(string series, string compiler, bool all, string more)
    {
        var sdk = Path.Combine(Repository.Root, "src", "KernelBuild.Sdk", "Sdk");
        var data = Repository.PathOf("tests", "data", "kernel-matrix");
        var suite = series switch { "5.10" => "@bullseye", "7.2" => "@sid", _ => "" };
        var device = Directory.CreateDirectory(Path.Combine(_root, "kernels", "cell")).FullName;
        Directory.CreateDirectory(Path.Combine(_root, ".nuke"));
        File.WriteAllText(Path.Combine(_root, ".nuke", "parameters.json"), "{}\n");
        Directory.CreateDirectory(Path.Combine(device, "ramdisk"));
        File.WriteAllText(Path.Combine(device, "ramdisk", "init"), "#!/bin/sh\n");
        File.WriteAllText(Path.Combine(device, "cell.config"), all ? "CONFIG_KALLSYMS_ALL=y\n" : "# CONFIG_KALLSYMS_ALL is not set\n");
        File.WriteAllText(Path.Combine(device, "cell.kernelproj"), $"""
            <Project>
              <Import Project="{sdk}/Sdk.props" />
              <PropertyGroup>
                <Architecture>arm64</Architecture>
                <Compiler>{compiler}</Compiler>
                {(compiler == "clang" ? "<Clang>19</Clang>" : "")}
              </PropertyGroup>
              <ItemGroup>
                <KernelSource Include="debian:linux-source-{series}{suite}" />
                <Defconfig Include="tinyconfig" />
                <ConfigFragment Include="{data}/matrix.config" />
                <ConfigFragment Include="{data}/clang.config" Condition="'{compiler}' == 'clang'" />
                <ConfigFragment Include="{data}/{more}" Condition="'{more}' != ''" />
                <ConfigFragment Include="cell.config" />
                <Ramdisk Include="ramdisk/**" />
              </ItemGroup>
              <Import Project="{sdk}/Sdk.targets" />
            </Project>
            """);
    }
}
