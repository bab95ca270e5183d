using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch.Signatures;

/// <summary>A signature that is right, by a key that the project names.</summary>
/// <param name="What">What carries it: "the tag v6.1", "the commit …", "sha256sums.asc".</param>
/// <param name="Signer">As the key names its owner; for SSH, as the file of signers does.</param>
/// <param name="Fingerprint">Of the primary key, in hexadecimal digits; for SSH "SHA256:…".</param>
/// <param name="HasExpired">The key ended before this was checked; it may have been good when it signed.</param>
internal sealed record SignatureVerdict(string What, string Signer, string Fingerprint, bool HasExpired)
{
    /// <summary>Null when there is none, or it cannot be read: it is then found again.</summary>
    public static SignatureVerdict? Load(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllText(file), SignatureJson.Default.SignatureVerdict) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, JsonSerializer.Serialize(this, SignatureJson.Default.SignatureVerdict));
    }

    public override string ToString() => $"{Signer}, key {Fingerprint}{(HasExpired ? " (expired since)" : "")}, by {What}";
}

[JsonSerializable(typeof(SignatureVerdict))]
internal sealed partial class SignatureJson : JsonSerializerContext;
