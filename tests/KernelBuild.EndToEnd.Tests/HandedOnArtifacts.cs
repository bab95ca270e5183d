using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using KernelBuild.Attestation;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The folder that a build leaves, as the one who gets it sees it: manifest, bill of materials, provenance, signatures.</summary>
public sealed class HandedOnArtifacts : IAsyncLifetime
{
    private const int SeededChanges = 100;

    private static readonly JsonSchema _schema = JsonSchema.FromFile(Repository.PathOf("docs", "schemas", "manifest-2.json"));

    private readonly MiniKernel _mini = new();

    private string Key => _mini.PathOf("key");

    private string ManifestFile => Path.Combine(_mini.Artifacts, "manifest.json");

    public async ValueTask InitializeAsync()
    {
        Oracle.Output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "builder@example.org", "-f", Key]);
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("console=ttyAMA0", "<PropertyGroup><ArtifactSigningKey>../../key</ArtifactSigningKey></PropertyGroup>"));
        await _mini.PublishAsync();
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(0, result.Output);
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [FactWith("ssh-keygen")]
    public async Task The_folder_is_signed_and_other_programs_say_so()
    {
        Oracle.Text(_mini.Artifacts, "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS").ShouldBe("");
        await File.WriteAllTextAsync(
            _mini.PathOf("signers"), "builder@example.org " + await File.ReadAllTextAsync(Key + ".pub", TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);
        foreach (var name in (string[])["SHA256SUMS", "provenance.intoto.json"])
        {
            var (exitCode, _, errors) = Oracle.Run(
                "ssh-keygen",
                ["-Y", "verify", "-f", _mini.PathOf("signers"), "-I", "builder@example.org", "-n", "file", "-s", name + ".sig"],
                await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, name), TestContext.Current.CancellationToken), _mini.Artifacts);
            exitCode.ShouldBe(0, errors);
        }

        var report = await VerifyAsync(Key + ".pub");
        report.Findings.ShouldBeEmpty();
        report.Signers.Distinct().ShouldBe(["builder@example.org"]);
        report.IsGood.ShouldBeTrue();
    }

    [Fact]
    public async Task The_manifest_is_of_its_schema_and_so_is_that_of_a_build_that_failed()
    {
        SchemaErrors(ManifestFile).ShouldBe("");
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(99, 11));
        (await _mini.BuildAsync()).ExitCode.ShouldBe(1);
        SchemaErrors(ManifestFile).ShouldBe("");
        using (var failed = Read(ManifestFile))
        {
            var verdict = failed.RootElement.GetProperty("verdict");
            (verdict.GetProperty("result").GetString(), verdict.GetProperty("stage").GetString()).ShouldBe(("failed", "patch"));
            var finding = verdict.GetProperty("findings")[0];
            finding.GetProperty("code").GetString().ShouldBe("KB2004");
            finding.GetProperty("file").GetString().ShouldBe("patches/tune/0001-tune.patch");
            failed.RootElement.GetProperty("outputs").GetArrayLength().ShouldBe(0);
        }

        Directory.GetFiles(_mini.Artifacts, "SHA256SUMS*").ShouldBeEmpty();
        (await VerifyAsync()).Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.NothingBuilt);
        var boot = await Repository.RunAsync(_mini.NukeCommand("BootTest", "--device", "mini"));
        boot.ExitCode.ShouldBe(1, boot.Output);

        // reports about another image are found, and taken away by the next build
        var other = new string('0', 64);
        _mini.Write("artifacts/mini/boot-test/result.json", $$$"""{ "image": { "sha256": "{{{other}}}" } }""");
        _mini.Write("artifacts/mini/iommu-report/result.json", $$"""{ "bootImage": "{{other}}" }""");
        _mini.Write("artifacts/mini/passthrough/result.json", "{");
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, 11));
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        foreach (var report in (string[])["boot-test", "iommu-report", "passthrough"])
        {
            Directory.Exists(Path.Combine(_mini.Artifacts, report)).ShouldBeFalse(report);
        }

        _mini.Write("artifacts/mini/passthrough/result.json", $$"""{ "bootImage": "{{other}}" }""");
        (await VerifyAsync()).Findings.ShouldContain(finding =>
            finding.Code == DiagnosticCodes.ArtifactContradicts && finding.File!.EndsWith("passthrough/result.json", StringComparison.Ordinal));
        Directory.Delete(Path.Combine(_mini.Artifacts, "passthrough"), recursive: true);
        using var built = Read(ManifestFile);
        built.RootElement.GetProperty("verdict").GetProperty("result").GetString().ShouldBe("built");
    }

    [FactWith(SbomValidator.Package)]
    public void The_bill_of_materials_is_what_CycloneDX_says_one_is()
    {
        var file = Path.Combine(_mini.Artifacts, "sbom.cdx.json");
        SbomValidator.Errors(file).ShouldBe("null");
        using var bill = Read(file);
        bill.RootElement.GetProperty("components")[0].GetProperty("pedigree").GetProperty("patches")[0].GetProperty("diff").GetProperty("url")
            .GetString().ShouldBe("inputs/patches/tune/0001-tune.patch");
        // the validator can say no
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"firmware\"", "\"kernel\"", StringComparison.Ordinal));
        SbomValidator.Errors(file).ShouldNotBe("null");
    }

    [Fact]
    public async Task The_manifest_names_the_project_s_commit_and_commands_without_the_paths_of_this_checkout()
    {
        Oracle.Git(_mini.Root, "init", "-q", ".");
        _mini.Write(".gitignore", "artifacts\n.work\n.nuke\ncache\nsource*\nkey*\n");
        Oracle.Git(_mini.Root, "add", "-A");
        Oracle.Git(_mini.Root, "commit", "-q", "-m", "project");
        var head = Oracle.Git(_mini.Root, "rev-parse", "HEAD");
        await RebuildAsync("CONFIG_FAST=y\nCONFIG_LEVEL=1\n");
        var text = await File.ReadAllTextAsync(ManifestFile, TestContext.Current.CancellationToken);
        text.ShouldNotContain(_mini.Root);
        using (var manifest = JsonDocument.Parse(text))
        {
            var project = manifest.RootElement.GetProperty("project");
            (project.GetProperty("commit").GetString(), project.GetProperty("dirty").GetBoolean()).ShouldBe((head, false));
            project.GetProperty("reproduce").EnumerateArray().Select(line => line.GetString()).ShouldBe(
                ["git checkout " + head, "dotnet build kernels/mini/mini.kernelproj -p:Locked=true"]);
            project.GetProperty("lock").GetProperty("sha256").GetString().ShouldBe(
                Oracle.Text(_mini.Root, "sha256sum", "kernels/mini/mini.lock.json").Split(' ')[0]);
            var tools = manifest.RootElement.GetProperty("toolchain");
            tools.GetProperty("libraries").EnumerateArray().Select(library => library.GetProperty("path").GetString()).ShouldBeUnique();
        }

        await RebuildAsync("CONFIG_FAST=y\nCONFIG_LEVEL=2\n");
        using var dirty = Read(ManifestFile);
        dirty.RootElement.GetProperty("project").GetProperty("dirty").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Every_seeded_change_is_found()
    {
        var random = new Random(19);
        var whole = _mini.PathOf("whole");
        CopyFolder(_mini.Artifacts, whole);
        // without signatures, too: whoever changes a file without knowing of the others is found by them
        foreach (var signature in Directory.GetFiles(_mini.Artifacts, "*.sig"))
        {
            File.Delete(signature);
        }

        Seal(_mini.Artifacts);
        (await VerifyAsync()).IsGood.ShouldBeTrue();
        var unsigned = _mini.PathOf("unsigned");
        CopyFolder(_mini.Artifacts, unsigned);
        var missed = new List<string>();
        for (var number = 0; number < SeededChanges; number++)
        {
            Directory.Delete(_mini.Artifacts, recursive: true);
            CopyFolder(number % 2 == 0 ? whole : unsigned, _mini.Artifacts);
            var what = (number % 5) switch
            {
                0 or 1 or 2 => FlipByte(random),
                3 => SwapPatch(random, sealAnew: number % 2 != 0),
                _ => SwapCompiler(random, sealAnew: number % 2 != 0),
            };
            if (await IsGoodAsync())
            {
                missed.Add($"{number}: {what}");
            }
        }

        missed.ShouldBeEmpty();
    }

    /// <summary>Statements come from others: whatever stands there is a finding or a coded error, never a stack trace.</summary>
    [Theory]
    [InlineData("manifest.json")]
    [InlineData("provenance.intoto.json")]
    [InlineData("sbom.cdx.json")]
    [InlineData("inputs/kernels/mini/mini.lock.json")]
    [InlineData("SHA256SUMS")]
    public async Task A_damaged_statement_ends_in_no_stack_trace(string name)
    {
        RemoveSignatures();
        var file = Path.Combine(_mini.Artifacts, name);
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var random = new Random(20);
        for (var number = 0; number < 200; number++)
        {
            byte[] damaged = [.. whole];
            if (number % 4 == 0)
            {
                damaged = damaged[..random.Next(damaged.Length)];
            }
            else
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
            }

            await File.WriteAllBytesAsync(file, damaged, TestContext.Current.CancellationToken);
            await IsGoodAsync();
        }
    }

    [Theory]
    [InlineData("resolvedDependencies", "its dependencies are not those")]
    [InlineData("subject", "its subjects are not the products")]
    public async Task A_provenance_that_says_something_else_contradicts(string member, string finding)
    {
        RemoveSignatures();
        var file = Path.Combine(_mini.Artifacts, "provenance.intoto.json");
        var statement = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        var list = (member == "subject" ? statement[member] : statement["predicate"]!["buildDefinition"]![member])!.AsArray();
        list[0]!["digest"]!.AsObject().First().Value!.ReplaceWith(new string('0', 64));
        await File.WriteAllTextAsync(file, statement.ToJsonString(), TestContext.Current.CancellationToken);
        Seal(_mini.Artifacts);
        (await VerifyAsync()).Findings.ShouldContain(one =>
            one.Code == DiagnosticCodes.ArtifactContradicts && one.Message.Contains(finding, StringComparison.Ordinal));
    }

    [FactWith("gpg")]
    public async Task A_key_of_gpg_signs_and_only_the_keys_that_are_named_count()
    {
        var home = _mini.PathOf("gnupg");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Oracle.Output("gpg", ["--homedir", home, "--batch", "--passphrase", "", "--quick-generate-key", "builder@example.org", "ed25519", "sign", "never"]);
        await File.WriteAllBytesAsync(
            _mini.PathOf("builder.asc"), Oracle.Output("gpg", ["--homedir", home, "--armor", "--export", "builder@example.org"]),
            TestContext.Current.CancellationToken);
        var project = _mini.PathOf("kernels/mini/mini.kernelproj");
        var text = await File.ReadAllTextAsync(project, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            project, text.Replace("../../key", "gpg:builder@example.org", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var built = await Repository.RunAsync(_mini.NukeCommand("BuildKernel", "--device", "mini").WithEnvironment("GNUPGHOME", home));
        built.ExitCode.ShouldBe(0, built.Output);
        Directory.GetFiles(_mini.Artifacts, "SHA256SUMS*").Select(Path.GetFileName).Order().ShouldBe(["SHA256SUMS", "SHA256SUMS.asc"]);
        Oracle.Output("gpg", ["--homedir", home, "--verify", "SHA256SUMS.asc", "SHA256SUMS"], directory: _mini.Artifacts);
        (await VerifyAsync(_mini.PathOf("builder.asc"))).Findings.ShouldBeEmpty();
        (await VerifyAsync(Key + ".pub")).Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.ArtifactSignatureBad);
        Oracle.Try(home, "gpgconf", "--homedir", home, "--kill", "all");
    }

    [Theory]
    [InlineData("key.pub.missing", "KB9056")]
    [InlineData("gpg:nobody@example.org", "KB9056")]
    [InlineData("kernels/mini/mini.config", "KB9056")]
    public async Task A_key_that_signs_nothing_is_an_error(string key, string code)
    {
        var project = _mini.PathOf("kernels/mini/mini.kernelproj");
        var text = await File.ReadAllTextAsync(project, TestContext.Current.CancellationToken);
        var named = key.StartsWith("gpg:", StringComparison.Ordinal) ? key : "../../" + key;
        await File.WriteAllTextAsync(project, text.Replace("../../key", named, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var built = await _mini.BuildAsync();
        built.ExitCode.ShouldBe(1, built.Output);
        built.Output.ShouldContain(code);
    }

    [Fact]
    public async Task Only_a_checkout_with_the_files_of_the_build_is_the_one_it_was_built_from()
    {
        (await VerifyAsync(checkout: _mini.Root)).IsGood.ShouldBeTrue();
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, 12));
        (await VerifyAsync(checkout: _mini.Root)).Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.ArtifactContradicts);
    }

    [Fact]
    public async Task A_file_that_is_gone_or_changed_is_named()
    {
        File.Delete(Path.Combine(_mini.Artifacts, "config"));
        await File.AppendAllTextAsync(Path.Combine(_mini.Artifacts, "System.map"), "more\n", TestContext.Current.CancellationToken);
        (await VerifyAsync()).Findings.Where(finding => finding.Code == DiagnosticCodes.ArtifactDiffers)
            .Select(finding => Path.GetFileName(finding.File)).Distinct().Order().ShouldBe(["System.map", "config"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_file_that_was_added_and_a_manifest_that_is_none_are_told()
    {
        await File.WriteAllTextAsync(Path.Combine(_mini.Artifacts, "note.txt"), "hello\n", TestContext.Current.CancellationToken);
        var report = await VerifyAsync();
        report.IsGood.ShouldBeTrue();
        report.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.ArtifactNotVouchedFor);
        foreach (var text in (string[])["", "[]", "{}", "{\"formatVersion\":9}"])
        {
            await File.WriteAllTextAsync(ManifestFile, text, TestContext.Current.CancellationToken);
            (await Should.ThrowAsync<DiagnosticException>(() => VerifyAsync())).Diagnostics[0].Code.ShouldBe(DiagnosticCodes.ManifestUnreadable);
        }
    }

    private Task<ArtifactReport> VerifyAsync(string? key = null, string? checkout = null) =>
        new ArtifactVerification(_mini.Artifacts) { Keys = key is null ? [] : [key], Checkout = checkout }
            .RunAsync(TestContext.Current.CancellationToken);

    /// <summary>A manifest that is no JSON any more is found, too.</summary>
    private async Task<bool> IsGoodAsync()
    {
        try
        {
            return (await VerifyAsync()).IsGood;
        }
        catch (DiagnosticException)
        {
            return false;
        }
    }

    private async Task RebuildAsync(string config)
    {
        _mini.Write("kernels/mini/mini.config", config);
        File.Delete(_mini.PathOf(".work/mini/up-to-date"));
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(0, result.Output);
    }

    private string FlipByte(Random random)
    {
        var files = Directory.GetFiles(_mini.Artifacts, "*", SearchOption.AllDirectories)
            .Where(file => new FileInfo(file).Length > 0)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var file = files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(file);
        var at = random.Next(bytes.Length);
        bytes[at] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(file, bytes);
        return $"byte {at} of {Path.GetRelativePath(_mini.Artifacts, file)}";
    }

    /// <summary>Another patch in the place of the one that was applied, in as many of the statements as chance has it.</summary>
    private string SwapPatch(Random random, bool sealAnew)
    {
        const string name = "inputs/patches/tune/0001-tune.patch";
        var file = Path.Combine(_mini.Artifacts, name);
        var before = Hash(file);
        File.WriteAllText(file, MiniKernel.Patch(10, random.Next(20, 1000)));
        var depth = random.Next(3);
        var manifest = JsonNode.Parse(File.ReadAllText(ManifestFile))!;
        if (depth > 0)
        {
            var input = manifest["inputs"]!.AsArray().Single(one => one!["path"]!.GetValue<string>() == name)!;
            input["sha256"] = Hash(file);
            input["size"] = new FileInfo(file).Length;
        }

        if (depth > 1)
        {
            manifest["source"]!["patches"]![0]!["sha256"] = Hash(file);
        }

        if (depth > 0)
        {
            File.WriteAllText(ManifestFile, manifest.ToJsonString());
        }

        if (sealAnew)
        {
            Seal(_mini.Artifacts);
        }

        return $"patch {before} swapped, depth {depth}, sealed {sealAnew}";
    }

    private string SwapCompiler(Random random, bool sealAnew)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(ManifestFile))!;
        var tools = manifest["toolchain"]![random.Next(2) == 0 ? "files" : "libraries"]!.AsArray();
        var tool = tools[random.Next(tools.Count)]!;
        tool["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{random.Next()}")));
        if (random.Next(2) == 0)
        {
            manifest["toolchain"]!["digest"] = new string('a', 64);
        }

        File.WriteAllText(ManifestFile, manifest.ToJsonString());
        if (sealAnew)
        {
            Seal(_mini.Artifacts);
        }

        return $"{tool["name"]} swapped, sealed {sealAnew}";
    }

    private void RemoveSignatures()
    {
        foreach (var signature in Directory.GetFiles(_mini.Artifacts, "*.sig"))
        {
            File.Delete(signature);
        }
    }

    /// <summary>As somebody without the key would: by sha256sum.</summary>
    private static void Seal(string folder) => Oracle.Output(
        "sh",
        ["-c", "find . -type f ! -name 'SHA256SUMS*' -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum > SHA256SUMS.new; mv SHA256SUMS.new SHA256SUMS"],
        directory: folder);

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    private static void CopyFolder(string from, string to) => Oracle.Output("cp", ["-a", from, to]);

    private static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllBytes(file));

    private static string SchemaErrors(string file)
    {
        using var document = Read(file);
        var result = _schema.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid
            ? ""
            : string.Join('\n', (result.Details ?? []).SelectMany(detail => (detail.Errors ?? new Dictionary<string, string>())
                .Select(error => $"{detail.InstanceLocation}: {error.Value}")));
    }
}
