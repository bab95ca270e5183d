using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What load_module asks of a module before it looks at symbols: signature, version magic, sections.</summary>
internal sealed class ModuleFormChecks(KernelInterface kernel, KernelModule module, ModuleFindings findings)
{
    /// <summary>kernel/module/signing.c: module_sig_check.</summary>
    public void CheckSignature()
    {
        const string signing = "sign it with a key that the kernel trusts (scripts/sign-file), or build the kernel without "
            + "CONFIG_MODULE_SIG_FORCE";
        switch (module.Signature)
        {
            case ModuleSignature.Damaged when kernel.Rules.Signatures == true:
                findings.Error(
                    DiagnosticCodes.ModuleSignatureRefused, "it ends with the mark of a signature, and the fields in front of the mark "
                        + "cannot be",
                    "copy the module again, or cut the signature off with strip --strip-debug",
                    "Linux refuses it with EBADMSG; of fields that are not zero it says \"module: PKCS#7 signature info has unexpected "
                        + "non-zero "
                    + "params\"");
                break;
            case ModuleSignature.None when kernel.Rules.SignaturesEnforced == true:
                findings.Error(
                    DiagnosticCodes.ModuleSignatureRefused, "it is not signed, and the kernel enforces signatures "
                        + "(CONFIG_MODULE_SIG_FORCE)",
                    signing, "Linux says \"Loading of unsigned module is rejected\" and refuses it with EKEYREJECTED");
                break;
            case ModuleSignature.Present when kernel.Rules.SignaturesEnforced == true:
                findings.Unknown("it is signed, and whether the kernel trusts the key is not known; a kernel that made a key of its own does not",
                    signing);
                break;
        }
    }

    /// <summary>kernel/module/main.c: check_modinfo; version.c: same_magic.</summary>
    public void CheckVermagic()
    {
        if (module.Vermagic is not { } magic)
        {
            findings.Forced(DiagnosticCodes.ModuleVermagicDiffers, "it has no version magic", "bad vermagic");
            return;
        }

        if (kernel.Vermagic is not { } wanted)
        {
            findings.IsKnown = false;
            return;
        }

        // __versions decides, not __version_ext_*; a kernel without MODVERSIONS compares the whole text
        var withoutRelease = kernel.HasVersions == true && !module.Versions.IsDefault;
        var (mine, its) = withoutRelease
            ? (KernelVermagic.WithoutRelease(magic), KernelVermagic.WithoutRelease(wanted))
            : (magic, wanted);
        if (mine == its)
        {
            return;
        }

        findings.Error(
            DiagnosticCodes.ModuleVermagicDiffers, "its version magic is not the kernel's", VermagicFix(magic, wanted, withoutRelease),
            $"Linux says \"{module.Name}: version magic '{magic}' should be '{wanted}'\" and refuses it",
            found: magic, expected: wanted);
    }

    private static string VermagicFix(string magic, string wanted, bool withoutRelease)
    {
        var (has, wants) = (KernelVermagic.WordsOf(magic), KernelVermagic.WordsOf(wanted));
        List<string> parts =
        [
            .. has.Except(wants).Select(word => $"the module has '{word}': build the kernel with {KernelVermagic.OptionOf(word) ?? "what "
                + "adds it"}"),
            .. wants.Except(has).Select(word => $"the kernel has '{word}': build it without {KernelVermagic.OptionOf(word) ?? "what adds "
                + "it"}"),
        ];
        if (!withoutRelease && magic.Split(' ')[0] != wanted.Split(' ')[0])
        {
            parts.Add("the releases differ, and without CONFIG_MODVERSIONS on both sides they are compared: set CONFIG_LOCALVERSION");
        }

        return parts.Count > 0 ? string.Join("; ", parts) : "the words stand in another order, or blanks differ: build the module again";
    }

    public void CheckForm()
    {
        if (module.Architecture != "arm64" && kernel.Vermagic?.Contains("aarch64", StringComparison.Ordinal) == true)
        {
            findings.Error(DiagnosticCodes.ModuleUnreadable, "it is for 32-bit arm, and the kernel is arm64", "take the arm64 module",
                "Linux refuses it");
        }

        if (module.IsLivePatch && kernel.Rules.LivePatch == false)
        {
            findings.Error(
                DiagnosticCodes.ModuleUnreadable, "it is a live patch, and the kernel has no support for them",
                    "build the kernel with CONFIG_LIVEPATCH",
                $"Linux says \"{module.Name}: module is marked as livepatch module, but livepatch support is disabled\"");
        }

        if (!module.HasPltSections && module.Architecture == "arm64" && kernel.Rules.PltSections == true)
        {
            findings.Error(
                DiagnosticCodes.ModuleUnreadable, "it lacks the sections .plt and .init.plt, which this kernel wants",
                "build it for a kernel with CONFIG_ARM64_MODULE_PLTS",
                $"Linux says \"{module.Name}: module PLT section(s) missing\" and refuses it");
        }

        if (module.CommonSymbol is { } common)
        {
            findings.Error(
                DiagnosticCodes.ModuleUnreadable, $"it has a tentative definition, '{common}'", "compile it with -fno-common",
                $"Linux says \"{module.Name}: please compile with -fno-common\" and refuses it");
        }

        if (module.HasTypes && kernel.Rules.TypesMustFit == true && kernel.Release is { } release
            && module.Vermagic?.Split(' ')[0] != release)
        {
            findings.Unknown(
                "its types (.BTF) count on from those of another build of the kernel, and this kernel refuses modules whose types do not "
                    + "fit",
                "build the kernel with CONFIG_MODULE_ALLOW_BTF_MISMATCH, or take .BTF out with objcopy -R .BTF");
        }
    }
}
