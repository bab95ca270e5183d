using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;

namespace KernelBuild.ModuleCheck;

/// <summary>All modules of all sources.</summary>
/// <param name="Modules">That can be read; the same file in two places once.</param>
/// <param name="Unreadable">Name and finding of each that cannot.</param>
/// <param name="Findings">Of the sources and of the lists in them.</param>
public sealed record ModuleSet(
    ImmutableArray<KernelModule> Modules, ImmutableArray<(string Name, Diagnostic Finding)> Unreadable, ImmutableArray<Diagnostic> Findings)
{
    public static async Task<ModuleSet> ReadAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var (modules, unreadable) = (new List<KernelModule>(), new List<(string, Diagnostic)>());
        var (findings, lists) = (new List<Diagnostic>(), new List<StoredFile>());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var source = await ModuleSources.ReadAsync(path, cancellationToken);
            findings.AddRange(source.Findings);
            lists.AddRange(source.Lists);
            foreach (var file in source.Modules)
            {
                var digest = Convert.ToHexString(SHA256.HashData(file.Bytes.Span));
                if (!seen.Add(KernelModule.NameOf(file.FileName) + digest))
                {
                    continue;
                }

                if (ModuleReader.TryRead(file.Bytes, file.Name, out var module, out var error))
                {
                    modules.Add(module);
                }
                else
                {
                    unreadable.Add((KernelModule.NameOf(file.FileName), error));
                }
            }
        }

        findings.AddRange(Twice(modules));
        var names = modules.Select(module => module.Name).Concat(unreadable.Select(one => one.Item1)).ToHashSet(StringComparer.Ordinal);
        findings.AddRange(lists.SelectMany(list => Missing(list, names)));
        return new ModuleSet([.. modules], [.. unreadable], [.. findings]);
    }

    /// <summary>What the modules want, and neither the kernel nor one of them exports.</summary>
    public IReadOnlySet<string> Missing(KernelInterface kernel)
    {
        var exported = Modules.SelectMany(module => module.Exports)
            .Concat(kernel.Exports.IsDefault ? [] : kernel.Exports.Where(symbol => symbol.Owner == ExportedSymbol.Kernel))
            .Select(symbol => symbol.Name)
            .ToHashSet(StringComparer.Ordinal);
        return Modules.SelectMany(module => module.Imports)
            .Where(import => !import.IsWeak && !exported.Contains(import.Name))
            .Select(import => import.Name)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<Diagnostic> Twice(List<KernelModule> modules) =>
        from same in modules.GroupBy(module => module.Name)
        where same.Count() > 1
        select Diagnostic.Warning(
            DiagnosticCodes.ModuleExportsTwice,
            $"there are {same.Count()} different files of the module {same.Key}: {string.Join(", ", same.Select(module => module.File))}",
            "each was checked; the kernel takes the one that is loaded first, and refuses the others with EEXIST");

    /// <summary>Android's init restarts a device whose modules.load names a module that it does not find (first_stage_init.cpp:
    /// LoadKernelModules).</summary>
    private static IEnumerable<Diagnostic> Missing(StoredFile list, HashSet<string> names)
    {
        if (list.FileName.StartsWith("modules.blocklist", StringComparison.Ordinal))
        {
            yield break;
        }

        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(list.Bytes.Span).Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length > 0 && !line.StartsWith('#') && !names.Contains(KernelModule.NameOf(line)))
            {
                yield return Diagnostic.Error(
                    DiagnosticCodes.ModuleListedMissing, $"the list names {line}, and none of the sources has that module",
                    "add the image or folder that has it with --modules, or take the line out of the list") with
                {
                    File = list.Name,
                    Line = number,
                    Consequence = "Android's init fails in its first stage when a module of modules.load cannot be loaded",
                };
            }
        }
    }
}
