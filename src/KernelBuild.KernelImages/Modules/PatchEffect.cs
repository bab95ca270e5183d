using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What a patch of the build does that modules can notice.</summary>
/// <param name="Patch">Its name in the series.</param>
/// <param name="RemovedExports">Symbols whose EXPORT_SYMBOL it takes out and does not put in again.</param>
/// <param name="RenamedOrRemoved">Functions whose definition it takes out and does not put in again.</param>
/// <param name="ChangedTypes">Structs, unions and enums whose members it changes, as "struct pci_dev".</param>
public sealed record PatchEffect(
    string Patch, ImmutableHashSet<string> RemovedExports, ImmutableHashSet<string> RenamedOrRemoved, ImmutableHashSet<string> ChangedTypes);
