using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernelBuild.Patches.Mending;

/// <summary>The name that git gives a content, as the line "index" of a patch has it.</summary>
internal static class BlobId
{
    /// <param name="content">A byte in each character.</param>
    /// <returns>40 hexadecimal digits.</returns>
    public static string Of(string content)
    {
        var bytes = Encoding.Latin1.GetBytes(content);
        byte[] whole = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")), .. bytes];
#pragma warning disable CA5350 // git's names are SHA-1
        return Convert.ToHexStringLower(SHA1.HashData(whole));
#pragma warning restore CA5350
    }
}
