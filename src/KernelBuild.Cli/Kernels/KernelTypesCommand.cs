using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel types IMAGE [TYPE…]</c>.</summary>
internal static class KernelTypesCommand
{
    private const int Suggestions = 3;

    public static Command Create()
    {
        var image = KernelOptions.Image();
        var names = new Argument<string[]>("TYPE")
        {
            Description = "Types: iommu_ops, 'struct iommu_ops', a typedef, a function, a pattern with * and ?; a list of all when left out",
            Arity = ArgumentArity.ZeroOrMore,
        };
        names.Validators.Add(KernelOptions.RefuseOptions);
        var raw = Arguments.Text("--btf", "Write the types as they are in the kernel to a file, for bpftool, pahole and libbpf");
        var json = KernelOptions.Json();
        var command = new Command(
            "types",
            "Shows types out of the kernel itself (BTF): members with their offsets and sizes in bytes, values, prototypes of functions.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel types vmlinuz iommu_ops 'struct dev_iommu'\n"
            + "  kernelbuild kernel types vmlinuz pci_device_group          its prototype\n"
            + "  kernelbuild kernel types vmlinuz                           all structures, with their sizes\n"
            + "  kernelbuild kernel types vmlinuz --btf vmlinux.btf")
        {
            image, names, raw, json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            if (!TypeTable.TryFind(kernel.Image.Bytes, out var types, out var error))
            {
                throw new DiagnosticException(error with { File = kernel.Path });
            }

            if (result.GetValue(raw) is { } path)
            {
                OutputFile.Write(path, kernel.Image.Bytes.Slice(types.Offset, types.Length));
            }

            var catalog = new TypeCatalog(types);
            var (found, findings) = (new List<TypeDescription>(), new List<Diagnostic>());
            foreach (var name in result.GetValue(names) ?? [])
            {
                var matches = catalog.Find(name);
                found.AddRange(matches);
                if (matches.IsEmpty)
                {
                    findings.Add(Unknown(kernel.Path, catalog, name));
                }
            }

            var isList = result.GetValue(names) is not { Length: > 0 } && result.GetValue(raw) is null;
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelTypesReport(kernel.Path, isList ? [.. catalog.Named().Select(type => new TypeInfo(type.Kind, type.Name, type.Size, "", [], []))]
                        : [.. found.Select(InfoOf)])
                    { Findings = [.. findings.Select(FindingInfo.From)] },
                    KernelJson.Default.KernelTypesReport);
            }
            else
            {
                Write(isList ? catalog : null, found, output);
            }

            CommandFrame.Warn(findings, errors);
            return ExitCode.Of(findings);
        });
        return command;
    }

    private static void Write(TypeCatalog? all, List<TypeDescription> found, TextWriter output)
    {
        foreach (var (kind, name, size) in all?.Named() ?? [])
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size,8}  {kind} {name}"));
        }

        foreach (var type in found)
        {
            output.WriteLine(type.Text);
            if (type.Size is { } size && type.Kind != "base")
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"/* {size} bytes */"));
            }

            output.WriteLine();
        }
    }

    private static Diagnostic Unknown(string file, TypeCatalog catalog, string name)
    {
        var nearest = catalog.Suggest(name.Split(' ')[^1], Suggestions).ToArray();
        return Diagnostic.Error(
            DiagnosticCodes.TypeUnknown, $"the kernel's types (BTF) have no '{name}'",
            nearest.Length > 0 ? $"did you mean {string.Join(", ", nearest)}?" : "it may be a module's, or unused; kernelbuild kernel types IMAGE lists all that there are") with
        { File = file };
    }

    private static TypeInfo InfoOf(TypeDescription type) => new(
        type.Kind, type.Name, type.Size, type.Text,
        [.. type.Members.Select(member => new TypeMemberInfo(member.Name, member.Type, member.BitOffset, member.Size, member.BitWidth))],
        [.. type.Values.Select(value => new TypeValueInfo(value.Name, value.Value.ToString(CultureInfo.InvariantCulture)))]);
}
