using System.Globalization;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>What AVB metadata allows and asks for: flags, rollback index, chains.</summary>
internal static class PolicyInspection
{
    private const int HighestMinorVersion = 3;

    /// <summary>Adds findings, and says in one line what the policy is.</summary>
    public static string Check(ImageFile file, Vbmeta vbmeta, InspectionOptions options, List<Diagnostic> findings)
    {
        var header = vbmeta.Header;
        if (header.RequiredMinorVersion > HighestMinorVersion)
        {
            Warn(
                VbmetaFields.RequiredMinorVersion, $"the metadata asks for libavb 1.{header.RequiredMinorVersion}",
                $"1.{header.RequiredMinorVersion}", $"at most 1.{HighestMinorVersion}",
                "an older bootloader refuses it (UNSUPPORTED_VERSION)");
        }

        if (header.Flags != VbmetaFlags.None)
        {
            Warn(
                VbmetaFields.Flags, $"flags of the AVB metadata: {Describe(header.Flags)}",
                ((uint)header.Flags).ToString(CultureInfo.InvariantCulture), "0", file.Footer is null
                ? "the bootloader checks that much less, on a device that is unlocked; a locked one may refuse it"
                : "in a chained partition the bootloader refuses it (INVALID_METADATA): flags belong into vbmeta.img");
        }

        CheckChains(file, vbmeta, options, findings);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"flags {(uint)header.Flags} ({Describe(header.Flags)}), rollback index {header.RollbackIndex} at location "
            + $"{header.RollbackIndexLocation}");

        void Warn(int offset, string message, string found, string expected, string consequence) => findings.Add(
            Diagnostic.Warning(DiagnosticCodes.AvbPolicy, message) with
            {
                Offset = file.VbmetaOffset + offset,
                Found = found,
                Expected = expected,
                Consequence = consequence,
            });
    }

    private static void CheckChains(ImageFile file, Vbmeta vbmeta, InspectionOptions options, List<Diagnostic> findings)
    {
        var locations = new Dictionary<uint, string> { [vbmeta.Header.RollbackIndexLocation] = "vbmeta" };
        foreach (var chain in vbmeta.Descriptors.OfType<ChainPartitionDescriptor>())
        {
            var name = HeaderText.Printable(chain.PartitionName);
            var at = file.VbmetaOffset + chain.Offset;
            if (chain.RollbackIndexLocation == 0 || !locations.TryAdd(chain.RollbackIndexLocation, name))
            {
                findings.Add(Diagnostic.Error(
                    DiagnosticCodes.AvbPolicy,
                    $"the chained partition {name} has the rollback index location {chain.RollbackIndexLocation}, which "
                    + $"{(chain.RollbackIndexLocation == 0 ? "is the top level's" : $"{locations[chain.RollbackIndexLocation]} has too")}",
                    "give each chained partition a location of its own, from 1 on") with
                {
                    Offset = at,
                    Found = $"{chain.RollbackIndexLocation}",
                    Expected = "1 or above, used once",
                    Consequence = "the bootloader refuses it (INVALID_METADATA), or counts rollbacks of two partitions as one",
                });
            }

            if (file.Footer is not null)
            {
                findings.Add(Diagnostic.Warning(DiagnosticCodes.AvbPolicy, $"a chain descriptor, for {name}, below the top level") with
                { Offset = at, Consequence = "the bootloader refuses it (INVALID_METADATA): only vbmeta.img may chain" });
            }

            if (options.Partitions.GetValueOrDefault(chain.PartitionName)?.Vbmeta is { } chained
                && !chained.PublicKey.Span.SequenceEqual(chain.PublicKey.Span))
            {
                findings.Add(Diagnostic.Error(
                    DiagnosticCodes.AvbKeyUntrusted, $"{name} is signed with another key than its chain descriptor names",
                    "sign it with that key, or recreate vbmeta.img") with
                {
                    Offset = at,
                    Found = chained.PublicKey.IsEmpty ? "no key" : AvbPublicKey.FingerprintOf(chained.PublicKey.Span),
                    Expected = AvbPublicKey.FingerprintOf(chain.PublicKey.Span),
                    Consequence = "a locked device does not boot (ERROR_PUBLIC_KEY_REJECTED)",
                });
            }
        }
    }

    private static string Describe(VbmetaFlags flags) => flags switch
    {
        VbmetaFlags.None => "everything is checked",
        VbmetaFlags.HashtreeDisabled => "hash trees are not checked",
        VbmetaFlags.VerificationDisabled => "nothing is checked",
        VbmetaFlags.HashtreeDisabled | VbmetaFlags.VerificationDisabled => "nothing is checked, including hash trees",
        _ => "unknown flags",
    };
}
