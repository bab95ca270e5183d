using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// A bill of materials in CycloneDX 1.6: the kernel with its ancestor and patches, every file that was made, the packages of the ramdisk,
/// and as formulation the toolchain. Equal builds give equal bills: no time, and a serial number made of the products.
/// </summary>
/// <remarks>
/// Source: the CycloneDX specification, schema/bom-1.6.schema.json. No package that writes it restores for this runtime.
/// </remarks>
internal static class Sbom
{
    public static byte[] Of(ManifestDocument manifest)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.6");
            json.WriteString("serialNumber", "urn:uuid:" + SerialOf(manifest));
            json.WriteNumber("version", 1);
            WriteMetadata(json, manifest);
            json.WriteStartArray("components");
            WriteKernel(json, manifest);
            WriteFiles(json, manifest);
            WritePackages(json, manifest);
            json.WriteEndArray();
            WriteDependencies(json, manifest);
            WriteFormulation(json, manifest);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>A name-based identifier (RFC 9562, version 8) of what was made.</summary>
    private static Guid SerialOf(ManifestDocument manifest)
    {
        var text = manifest.Device + "\n" + string.Concat(manifest.Outputs.Select(output => $"{output.Sha256}  {output.Path}\n"));
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static void WriteMetadata(Utf8JsonWriter json, ManifestDocument manifest)
    {
        json.WriteStartObject("metadata");
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "KernelBuild");
        if (manifest.Builder.KernelBuild is { } version)
        {
            json.WriteString("version", version);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("component");
        json.WriteString("type", "firmware");
        json.WriteString("bom-ref", "device");
        json.WriteString("name", manifest.Device);
        if (manifest.Kernel?.Release is { } release)
        {
            json.WriteString("version", release);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteKernel(Utf8JsonWriter json, ManifestDocument manifest)
    {
        var source = manifest.Source;
        json.WriteStartObject();
        json.WriteString("type", "operating-system");
        json.WriteString("bom-ref", "kernel");
        json.WriteString("name", "linux");
        json.WriteString("version", manifest.Kernel?.Release ?? source.Version ?? "unknown");
        if (manifest.Outputs.FirstOrDefault(output => output.Path == "Image") is { } image)
        {
            WriteHash(json, image.Sha256);
        }

        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteString("expression", "GPL-2.0-only WITH Linux-syscall-note");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("pedigree");
        json.WriteStartArray("ancestors");
        ManifestPart[] parts = source.Parts is { } several
            ? [.. several]
            : [new ManifestPart(".", source.Spec ?? "", source.Version ?? "", source.Commit ?? "", source.Tree ?? "", source.Sha256)];
        foreach (var part in parts)
        {
            WriteSource(json, part);
        }

        json.WriteEndArray();
        json.WriteStartArray("commits");
        json.WriteStartObject();
        json.WriteString("uid", source.PatchedCommit);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("patches");
        foreach (var patch in source.Patches)
        {
            json.WriteStartObject();
            json.WriteString("type", "unofficial");
            if (manifest.Inputs.FirstOrDefault(input => input.Role == "patch" && input.Sha256 == patch.Sha256) is { } copy)
            {
                json.WriteStartObject("diff");
                json.WriteString("url", string.Join('/', copy.Path.Split('/').Select(Uri.EscapeDataString)));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("properties");
        foreach (var patch in source.Patches)
        {
            WriteProperty(json, $"kernelbuild:patch:{patch.Series}/{patch.Name}", "sha256:" + patch.Sha256);
        }

        WriteProperty(json, "kernelbuild:configuration", "sha256:" + manifest.Configuration.Sha256);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter json, ManifestPart part)
    {
        json.WriteStartObject();
        json.WriteString("type", "operating-system");
        json.WriteString("bom-ref", "source:" + part.Path);
        json.WriteString("name", part.Path == "." ? "linux" : part.Path);
        json.WriteString("version", part.Version);
        if (part.Sha256 is { } sha256)
        {
            WriteHash(json, sha256);
        }

        if (PackageUrl.OfSource(part) is { } purl)
        {
            json.WriteString("purl", purl);
        }

        json.WriteStartArray("properties");
        WriteProperty(json, "kernelbuild:source", part.Spec);
        WriteProperty(json, "kernelbuild:commit", part.Commit);
        WriteProperty(json, "kernelbuild:tree", part.Tree);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter json, ManifestDocument manifest)
    {
        foreach (var output in manifest.Outputs)
        {
            var isModule = output.Path.EndsWith(".ko", StringComparison.Ordinal);
            json.WriteStartObject();
            json.WriteString("type", isModule ? "device-driver" : "file");
            json.WriteString("bom-ref", "file:" + output.Path);
            json.WriteString("name", output.Path);
            if (isModule && manifest.Kernel?.Release is { } release)
            {
                json.WriteString("version", release);
            }

            WriteHash(json, output.Sha256);
            json.WriteEndObject();
        }
    }

    private static void WritePackages(Utf8JsonWriter json, ManifestDocument manifest)
    {
        foreach (var item in Packages(manifest))
        {
            var package = Provenance.PackageOf(item.Source).Split(':');
            json.WriteStartObject();
            json.WriteString("type", "application");
            json.WriteString("bom-ref", "package:" + package[0]);
            json.WriteString("name", package[0]);
            json.WriteString("version", item.Version);
            WriteHash(json, item.PackageSha256!);
            json.WriteString("purl", PackageUrl.OfDebian(package[0], item.Version!, package.Length > 1 ? package[1] : null));
            json.WriteEndObject();
        }
    }

    private static void WriteDependencies(Utf8JsonWriter json, ManifestDocument manifest)
    {
        json.WriteStartArray("dependencies");
        json.WriteStartObject();
        json.WriteString("ref", "device");
        json.WriteStartArray("dependsOn");
        json.WriteStringValue("kernel");
        foreach (var item in Packages(manifest))
        {
            json.WriteStringValue("package:" + Provenance.PackageOf(item.Source).Split(':')[0]);
        }

        foreach (var output in manifest.Outputs)
        {
            json.WriteStringValue("file:" + output.Path);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteFormulation(Utf8JsonWriter json, ManifestDocument manifest)
    {
        if (manifest.Toolchain is not { } toolchain)
        {
            return;
        }

        json.WriteStartArray("formulation");
        json.WriteStartObject();
        json.WriteString("bom-ref", "toolchain");
        json.WriteStartArray("components");
        foreach (var (tool, isLibrary) in toolchain.Files.Select(tool => (tool, false)).Concat(toolchain.Libraries.Select(tool => (tool, true))))
        {
            json.WriteStartObject();
            json.WriteString("type", isLibrary ? "library" : "application");
            json.WriteString("bom-ref", $"tool:{tool.Name}:{tool.Path}");
            json.WriteString("name", tool.Name);
            if (tool.Version is { } version)
            {
                json.WriteString("version", version);
            }

            WriteHash(json, tool.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("properties");
        WriteProperty(json, "kernelbuild:toolchain", toolchain.Digest);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static IEnumerable<ManifestRamdiskItem> Packages(ManifestDocument manifest) => manifest.Boot.Ramdisk
        .Where(item => item is { PackageSha256: not null, Version: not null })
        .DistinctBy(item => Provenance.PackageOf(item.Source));

    private static void WriteHash(Utf8JsonWriter json, string sha256)
    {
        json.WriteStartArray("hashes");
        json.WriteStartObject();
        json.WriteString("alg", "SHA-256");
        json.WriteString("content", sha256);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteProperty(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("value", value);
        json.WriteEndObject();
    }
}
