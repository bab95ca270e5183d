using System.Globalization;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>Chain descriptors in avbtool's <c>verify_image</c>: compared with what was expected, or followed.</summary>
internal static class AvbtoolChains
{
    /// <summary>Compares each chain with its --expected_chain_partition; without one it must be followed.</summary>
    /// <param name="vbmeta">The structure.</param>
    /// <param name="parsed">The command line; null for an image that was followed to, of which nothing is expected.</param>
    /// <param name="output">Gets what is right.</param>
    /// <param name="errors">Gets what is not.</param>
    /// <returns>False when one differs, or nothing is said of it.</returns>
    public static bool Check(Vbmeta vbmeta, AospArguments? parsed, TextWriter output, TextWriter errors)
    {
        // of several for one partition the last counts, as in avbtool's dictionary
        var expected = new Dictionary<string, (string Name, uint Location, ReadOnlyMemory<byte> Key)>(StringComparer.Ordinal);
        foreach (var one in parsed?.All("expected_chain_partition").Select(Read) ?? [])
        {
            expected[one.Name] = one;
        }

        var right = true;
        foreach (var chain in vbmeta.Descriptors.OfType<ChainPartitionDescriptor>())
        {
            var name = Printable.Text(chain.PartitionName);
            if (!expected.TryGetValue(chain.PartitionName, out var one))
            {
                var isFollowed = parsed?.Has("follow_chain_partitions") == true;
                (isFollowed ? output : errors).WriteLine(isFollowed
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name}: Chained but ROLLBACK_SLOT (which is {chain.RollbackIndexLocation}) and KEY (which has sha1 "
                        + $"{AvbPublicKey.FingerprintOf(chain.PublicKey.Span)}) not specified")
                    : $"No expected chain partition for partition {name}. Use --expected_chain_partition to specify expected contents or "
                        + "--follow_chain_partitions.");
                right &= isFollowed;
            }
            else if (one.Location != chain.RollbackIndexLocation)
            {
                errors.WriteLine(
                    $"Expected rollback_index_location {one.Location} does not match {chain.RollbackIndexLocation} in descriptor for partition {name}");
                right = false;
            }
            else if (!one.Key.Span.SequenceEqual(chain.PublicKey.Span))
            {
                errors.WriteLine(
                    $"Expected public key blob does not match public key blob in descriptor for partition {name}: "
                    + $"{AvbPublicKey.FingerprintOf(one.Key.Span)}, and {AvbPublicKey.FingerprintOf(chain.PublicKey.Span)}");
                right = false;
            }
            else
            {
                output.WriteLine($"{name}: Successfully verified chain partition descriptor matches expected data");
            }
        }

        return right;
    }

    private static (string Name, uint Location, ReadOnlyMemory<byte> Key) Read(string text) =>
        text.Split(':', 3) is [{ Length: > 0 } name, var location, { Length: > 0 } file]
        && uint.TryParse(location, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (name, number, InputFile.Read(file))
            : throw CommandFrame.Usage($"'{text}' is no chained partition", "NAME:LOCATION:KEYFILE");
}
