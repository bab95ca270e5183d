using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Toolchains;

namespace KernelBuild.Manifest;

/// <summary>
/// manifest.json and SHA256SUMS: everything a build was made of and everything it made. Written last; a build without a
/// manifest did not happen.
/// </summary>
public static class BuildManifest
{
    public const string FileName = "manifest.json";
    public const string SumsFileName = "SHA256SUMS";
    private const int FormatVersion = 1;

    /// <summary>Takes the old manifest away before anything is changed.</summary>
    public static void Invalidate(DeviceFolders folders)
    {
        Directory.CreateDirectory(folders.Artifacts);
        File.Delete(Path.Combine(folders.Artifacts, FileName));
        File.Delete(Path.Combine(folders.Artifacts, SumsFileName));
    }

    /// <param name="buildConfig">What became of the variables of a build.config; empty without one.</param>
    public static void Write(
        DeviceBuild device, IReadOnlyList<BuildConfigEntry> buildConfig, BuildState state, LockFile lockFile, Toolchain toolchain)
    {
        var products = state.Products
            .Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Path: Path.Combine(device.Folders.Artifacts, name)))
            .Select(product => (product.Name, Length: new FileInfo(product.Path).Length, Digest: Sha256Digest.OfFile(product.Path)))
            .ToArray();
        var sums = new StringBuilder();
        foreach (var (name, _, digest) in products)
        {
            sums.Append(CultureInfo.InvariantCulture, $"{digest}  {name}\n");
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer,
            new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("formatVersion", FormatVersion);
            json.WriteString("device", device.Name);
            json.WriteBoolean("withoutPatches", device.WithoutPatches);
            WriteBuilder(json);
            WriteSource(json, state, lockFile);
            WriteConfiguration(json, device);
            WriteBuildConfig(json, device, buildConfig, state);
            WriteToolchain(json, toolchain);
            WriteBoot(json, device, lockFile, state);
            WriteKernel(json, state);
            WriteVendorModules(json, state);
            WriteDurations(json, state);
            json.WriteStartArray("outputs");
            foreach (var (name, length, digest) in products)
            {
                json.WriteStartObject();
                json.WriteString("path", name);
                json.WriteNumber("size", length);
                json.WriteString("sha256", digest.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        AtomicFile.Write(Path.Combine(device.Folders.Artifacts, SumsFileName), sums.ToString());
        AtomicFile.Write(Path.Combine(device.Folders.Artifacts, FileName), buffer.ToArray());
    }

    private static void WriteBuilder(Utf8JsonWriter json)
    {
        json.WriteStartObject("builder");
        // without the commit behind '+', which the tags' distance says as well
        var version = typeof(BuildManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        json.WriteString("kernelBuild", version?.InformationalVersion.Split('+')[0]);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteString("host", RuntimeInformation.OSDescription);
        json.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter json, BuildState state, LockFile lockFile)
    {
        json.WriteStartObject("source");
        if (state.Source is LockedSource source)
        {
            json.WriteString("spec", source.Spec);
            json.WriteString("version", source.Version);
            json.WriteString("sha256", source.Sha256?.ToString());
            json.WriteString("commit", source.Commit.ToString());
            json.WriteString("tree", source.Tree.ToString());
        }

        if (lockFile.Parts.Count > 0)
        {
            WriteParts(json, lockFile);
        }

        json.WriteString("patchedCommit", state.Patched?.Commit.ToString());
        json.WriteString("patchedTree", state.Patched?.Tree.ToString());
        json.WriteStartArray("patches");
        foreach (var patch in state.Patched?.Patches ?? [])
        {
            json.WriteStartObject();
            json.WriteString("series", patch.Series);
            json.WriteString("name", patch.Name);
            json.WriteString("sha256", patch.Sha256.ToString());
            json.WriteString("commit", patch.Commit.ToString());
            json.WriteString("subject", patch.Subject);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Where the source is composed of several: each with its folder, "." for the kernel's own.</summary>
    private static void WriteParts(Utf8JsonWriter json, LockFile lockFile)
    {
        json.WriteStartArray("parts");
        foreach (var (path, part) in lockFile.Parts)
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteString("spec", part.Spec);
            json.WriteString("version", part.Version);
            json.WriteString("sha256", part.Sha256?.ToString());
            json.WriteString("commit", part.Commit.ToString());
            json.WriteString("tree", part.Tree.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteConfiguration(Utf8JsonWriter json, DeviceBuild device)
    {
        json.WriteStartObject("configuration");
        json.WriteString("architecture", device.Architecture);
        json.WriteStartArray("defconfigs");
        foreach (var item in device.Defconfigs)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
        json.WriteStartArray("makeVariables");
        foreach (var variable in device.MakeVariables)
        {
            json.WriteStringValue(variable);
        }

        json.WriteEndArray();
        json.WriteString("kcflags", device.KCFlags);
        json.WriteStartArray("fragments");
        foreach (var fragment in device.ConfigFragments)
        {
            json.WriteStartObject();
            json.WriteString("name", Path.GetFileName(fragment));
            json.WriteString("sha256", Sha256Digest.OfFile(fragment).ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBuildConfig(Utf8JsonWriter json, DeviceBuild device, IReadOnlyList<BuildConfigEntry> entries, BuildState state)
    {
        if (device.BuildConfigs.IsEmpty)
        {
            return;
        }

        json.WriteStartObject("buildConfig");
        WriteTexts(json, "files", device.BuildConfigs.Select(item => Path.IsPathRooted(item) ? $"{Path.GetFileName(item)} "
            + $"sha256:{Sha256Digest.OfFile(item)}" : item));
        json.WriteStartArray("variables");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Variable);
            json.WriteString("value", entry.Value.Replace(device.Folders.Work + "/", "", StringComparison.Ordinal));
            json.WriteString("fate", JsonNamingPolicy.CamelCase.ConvertName(entry.Fate.ToString()));
            json.WriteString("detail", entry.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTexts(json, "commandsRun", state.Configured?.CommandsRun ?? []);
        WriteTexts(json, "commandsNotRun", state.Configured?.CommandsNotRun ?? []);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteToolchain(Utf8JsonWriter json, Toolchain toolchain)
    {
        json.WriteStartObject("toolchain");
        json.WriteString("compiler", toolchain.Plan.Description);
        json.WriteString("reason", toolchain.Plan.Reason);
        json.WriteString("digest", toolchain.Digest);
        json.WriteStartArray("files");
        foreach (var file in toolchain.Files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteString("path", file.Path);
            if (file.Version.Length > 0)
            {
                json.WriteString("version", file.Version);
            }

            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBoot(Utf8JsonWriter json, DeviceBuild device, LockFile lockFile, BuildState state)
    {
        json.WriteStartObject("boot");
        json.WriteNumber("headerVersion", device.BootImageVersion);
        json.WriteString("commandLine", device.CommandLine);
        if (device.VendorBoot is { } vendor)
        {
            json.WriteString("vendorCommandLine", vendor.CommandLine);
        }

        json.WriteStartArray("stockImages");
        foreach (var file in new[] { device.StockBootImage, device.InitBoot?.Stock, device.VendorBoot?.Stock, device.Dtbo?.Stock }.OfType<string>())
        {
            json.WriteStringValue($"{Path.GetFileName(file)} sha256:{Sha256Digest.OfFile(file)}");
        }

        json.WriteEndArray();
        json.WriteStartArray("externalModules");
        foreach (var module in device.ExternalModules)
        {
            json.WriteStringValue(Path.IsPathRooted(module.Folder) ? Path.GetFileName(module.Folder) : module.Folder);
        }

        json.WriteEndArray();
        json.WriteNumber("pageSize", device.PageSize);
        json.WriteString("osVersion", device.OsVersion);
        json.WriteString("osPatchLevel", device.OsPatchLevel);
        json.WriteString("timestamp", device.Identity.Timestamp);
        json.WriteString("user", device.Identity.User);
        json.WriteString("host", device.Identity.Host);
        json.WriteString("version", device.Identity.Version);
        json.WriteStartArray("ramdisk");
        var packages = lockFile.Packages;
        foreach (var item in device.Ramdisk)
        {
            json.WriteStartObject();
            json.WriteString("path", item.Path);
            json.WriteString("source", Path.IsPathRooted(item.Source) ? Path.GetFileName(item.Source) : item.Source);
            if (Path.IsPathRooted(item.Source))
            {
                json.WriteString("sha256", Sha256Digest.OfFile(item.Source).ToString());
            }
            else if (packages.FirstOrDefault(package => item.Source.StartsWith($"debian:{package.Key}!",
                StringComparison.Ordinal)).Value is { } package)
            {
                json.WriteString("version", package.Version);
                json.WriteString("packageSha256", package.Sha256.ToString());
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("deviceTreeSources");
        foreach (var file in device.DeviceTrees.Concat(device.DeviceTreeOverlays.Select(overlay => overlay.Source)))
        {
            json.WriteStringValue(Path.IsPathRooted(file) ? $"{Path.GetFileName(file)} sha256:{Sha256Digest.OfFile(file)}" : file);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("commands");
        json.WriteStringValue(state.Kernel?.CommandLine);
        json.WriteEndArray();
    }

    private static void WriteKernel(Utf8JsonWriter json, BuildState state)
    {
        if (state.Kernel is { } kernel && File.Exists(kernel.Image))
        {
            var identity = KernelIdentity.Of(InputFile.Read(kernel.Image));
            json.WriteStartObject("kernel");
            json.WriteString("banner", identity.Banner);
            json.WriteString("buildId", identity.BuildId);
            json.WriteEndObject();
        }
    }

    private static void WriteVendorModules(Utf8JsonWriter json, BuildState state)
    {
        if (state.VendorModules is { } modules)
        {
            json.WriteStartObject("vendorModules");
            json.WriteNumber("loads", modules.Loads);
            json.WriteNumber("unknown", modules.Unknown);
            WriteTexts(json, "refused", modules.Refused);
            json.WriteEndObject();
        }
    }

    private static void WriteDurations(Utf8JsonWriter json, BuildState state)
    {
        json.WriteStartObject("seconds");
        foreach (var (stage, seconds) in state.Durations)
        {
            json.WriteNumber(stage, Math.Round(seconds, 3));
        }

        json.WriteEndObject();
    }
}
