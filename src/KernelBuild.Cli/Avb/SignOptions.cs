using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Avb;

/// <summary>What <c>avb sign</c> can be told of the metadata that it makes.</summary>
internal sealed class SignOptions
{
    private const string DefaultRelease = "kernelbuild 0.1.0";

    private readonly Option<string?> _key = Arguments.Text(
        "--key", "Private key in PEM form: RSA of 2048, 4096 or 8192 bits; for AVB 1 RSA or ECDSA, PKCS #8 in DER (.pk8), too");
    private readonly KeyOptions _keys = new();
    private readonly Option<string?> _certificate = SigningKeys.CertificateOption();
    private readonly Option<string?> _algorithm = Arguments.Text(
        "--algorithm", "SHA256_RSA4096 and the like, or NONE without a key; SHA-256 with the key's size otherwise");
    private readonly Option<string?> _partition = Arguments.Text(
        "--partition", "Name without _a or _b; that of the old metadata or of the file otherwise");
    private readonly Option<string?> _partitionSize = Arguments.Text(
        "--partition-size", "Bytes; the file's when it has a footer, else the smallest that fits");
    private readonly Option<string?> _salt = Arguments.Text("--salt", "Hexadecimal; that of the old metadata otherwise, else random");
    private readonly Option<string?> _rollbackIndex = Arguments.Text("--rollback-index", "That of the old metadata otherwise, else 0");
    private readonly Option<string[]> _properties = new("--prop") { Description = "KEY:VALUE, a property; may be repeated" };
    private readonly Option<string?> _release = Arguments.Text(
        "--release-string", $"Who made it; that of the old metadata otherwise, else \"{DefaultRelease}\"");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_key, .. _keys.All, _certificate, _partition, _partitionSize, .. OfAvb2])
        {
            command.Options.Add(option);
        }
    }

    private IEnumerable<Option> OfAvb2 => [_algorithm, _salt, _rollbackIndex, _properties, _release];

    /// <exception cref="Diagnostics.DiagnosticException">KB9010, KB9012 or KB5030.</exception>
    public SigningKeys ReadKeys(ParseResult result, ImageFile file)
    {
        var (key, algorithm) = (result.GetValue(_key), EditOptions.Algorithm(result.GetValue(_algorithm)));
        if (key is null && algorithm != AvbAlgorithm.None)
        {
            throw CommandFrame.Usage("no key is given", "give it: --key key.pem; or make metadata that are not signed: --algorithm NONE");
        }

        return algorithm == AvbAlgorithm.None && key is not null
            ? throw CommandFrame.Usage("a key is given, and the algorithm NONE signs with none", "leave one of them out")
            : SigningKeys.Read(_keys.Of(result), key, result.GetValue(_certificate), file);
    }

    public string? Partition(ParseResult result) => result.GetValue(_partition);

    public long? PartitionSize(ParseResult result) => Numbers.ParseSize("--partition-size", result.GetValue(_partitionSize));

    public ReadOnlyMemory<byte>? Salt(ParseResult result) => AvbOptions.Salt(result.GetValue(_salt));

    /// <summary>A vbmeta image has no content of its own that a descriptor would describe.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public void RefuseThoseOfFooters(ParseResult result)
    {
        if (((Option[])[_partition, _salt]).FirstOrDefault(option => result.GetResult(option) is not null) is { } given)
        {
            throw CommandFrame.Usage(
                $"{given.Name} has no effect: a vbmeta image has no hash descriptor of its own", "leave it out");
        }
    }

    /// <summary>AVB 1 has no such things.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public void RefuseThoseOfAvb2(ParseResult result)
    {
        if (OfAvb2.FirstOrDefault(option => result.GetResult(option) is not null) is { } given)
        {
            throw CommandFrame.Usage($"{given.Name} is for AVB 2, and AVB 1 signs here", "leave it out");
        }
    }

    /// <summary>The metadata: that of old metadata but for what is asked for.</summary>
    public VbmetaContents Contents(ParseResult result, Vbmeta? old, AvbPrivateKey? key)
    {
        var contents = old is null ? new VbmetaContents { ReleaseString = DefaultRelease } : VbmetaContents.From(old);
        var algorithm = EditOptions.Algorithm(result.GetValue(_algorithm))
            ?? (key is not null && old?.Algorithm?.KeyBits == key.Bits ? old.Algorithm : null);
        return contents.SignedWith(key, algorithm) with
        {
            RollbackIndex = result.GetValue(_rollbackIndex) is { } index
                ? Numbers.Parse("--rollback-index", index)
                : contents.RollbackIndex,
            ReleaseString = result.GetValue(_release) ?? contents.ReleaseString,
            Descriptors = contents.Descriptors.AddRange((result.GetValue(_properties) ?? []).Select(AvbOptions.Property)),
        };
    }
}
