using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernelBuild.Stages;

/// <summary>
/// Gathers everything that can change a stage's result into one SHA-256. Every part is written with its name and length, so
/// that no two different inputs can run together into one key.
/// </summary>
public sealed class ContentKey : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="stage">Name of the stage.</param>
    /// <param name="version">Raised when the stage itself begins to give other results.</param>
    public ContentKey(string stage, int version) => Add(stage, version.ToString(CultureInfo.InvariantCulture));

    public ContentKey Add(string name, string value) => Add(name, Encoding.UTF8.GetBytes(value));

    public ContentKey Add(string name, ReadOnlySpan<byte> value)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name.Length}:{name}={value.Length}:")));
        _hash.AppendData(value);
        return this;
    }

    public ContentKey AddFile(string name, string path) => Add(name, File.ReadAllBytes(path));

    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
