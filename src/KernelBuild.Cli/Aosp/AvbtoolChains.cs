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
    /// <returns>False when one differs, or nothing is said of it.</returns>
    public static bool Check(Vbmeta vbmeta, AospArguments? parsed, TextWriter output)
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
                output.WriteLine(isFollowed
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name}: Chained but ROLLBACK_SLOT (which is {chain.RollbackIndexLocation}) and KEY (which has sha1 "
                        + $"{AvbPublicKey.FingerprintOf(chain.PublicKey.Span)}) not specified")
                    : $"{name}: no expected chain partition; use --expected_chain_partition to specify expected contents or --follow_chain_partitions");
                right &= isFollowed;
            }
            else if (one.Location != chain.RollbackIndexLocation)
            {
                output.WriteLine($"{name}: expected rollback_index_location {one.Location}, and the descriptor has {chain.RollbackIndexLocation}");
                right = false;
            }
            else if (!one.Key.Span.SequenceEqual(chain.PublicKey.Span))
            {
                output.WriteLine(
                    $"{name}: expected the key {AvbPublicKey.FingerprintOf(one.Key.Span)}, and the descriptor has "
                    + AvbPublicKey.FingerprintOf(chain.PublicKey.Span));
                right = false;
            }
            else
            {
                output.WriteLine($"{name}: Successfully verified chain partition descriptor matches expected data");
            }
        }

        return right;
    }

    /// <summary>The files of chained partitions, beside the image.</summary>
    public static IEnumerable<string> Followed(string image, Vbmeta vbmeta) => vbmeta.Descriptors.OfType<ChainPartitionDescriptor>()
        .Select(chain => chain.PartitionName == Path.GetFileName(chain.PartitionName) && chain.PartitionName.Length > 0
            ? Path.Combine(Path.GetDirectoryName(image) ?? "", chain.PartitionName + Path.GetExtension(image))
            : throw CommandFrame.Usage(
                $"'{Printable.Text(chain.PartitionName)}' is no name of a partition", "the image is damaged or hostile"));

    private static (string Name, uint Location, ReadOnlyMemory<byte> Key) Read(string text) =>
        text.Split(':', 3) is [{ Length: > 0 } name, var location, { Length: > 0 } file]
        && uint.TryParse(location, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (name, number, InputFile.Read(file))
            : throw CommandFrame.Usage($"'{text}' is no chained partition", "NAME:LOCATION:KEYFILE");
}
