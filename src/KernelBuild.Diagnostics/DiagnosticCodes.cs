using System.Collections.Frozen;
using System.Reflection;

namespace KernelBuild.Diagnostics;

/// <summary>
/// The one table of codes. A code is never renumbered and never reused; each has a page docs/codes/KBnnnn.md.
/// Ranges: 1 sources and store, 2 patches, 3 configuration, 4 compilation and toolchain, 5 boot images, 6 device trees,
/// 7 IOMMU, 8 kernel images, 9 emulation, devices, host.
/// </summary>
public static class DiagnosticCodes
{
    // Sources and store
    public const string SourceSpecInvalid = "KB1001";
    public const string SourceNotFound = "KB1002";
    public const string DownloadFailed = "KB1003";
    public const string DigestMismatch = "KB1004";
    public const string ArchiveUnreadable = "KB1005";
    public const string ArchivePathUnsafe = "KB1006";
    public const string GitFetchFailed = "KB1007";
    public const string LockedVersionGone = "KB1008";
    public const string LockFileInvalid = "KB1009";
    public const string LockMissing = "KB1010";
    public const string WorkTreeEdited = "KB1011";
    public const string DiskFull = "KB1012";
    public const string StoreDamaged = "KB1013";
    public const string PackageUnavailable = "KB1014";
    public const string RepositoryUnusable = "KB1015";
    public const string NotAKernel = "KB1016";
    public const string SuiteUnavailable = "KB1017";
    public const string SuiteNotTrusted = "KB1018";
    public const string OfflineMissing = "KB1019";
    public const string LfsPointers = "KB1020";
    public const string LoginInLock = "KB1021";
    public const string SourcePathInvalid = "KB1022";
    public const string SubmoduleUnknown = "KB1023";
    public const string ManifestInvalid = "KB1024";
    public const string ManifestFileNotMade = "KB1025";
    public const string ManifestGroupUnknown = "KB1026";
    public const string SignatureRefused = "KB1027";
    public const string SigningKeyInvalid = "KB1028";
    public const string RefForced = "KB1029";
    public const string ArchiveRepositoryLeftOut = "KB1030";
    public const string ArchiveMemberUnclear = "KB1031";
    public const string ArchiveWithoutEnd = "KB1032";
    public const string SubmoduleAbsent = "KB1033";

    // Patches
    public const string SeriesMissing = "KB2001";
    public const string PatchMissing = "KB2002";
    public const string SeriesLineInvalid = "KB2003";
    public const string PatchDoesNotApply = "KB2004";
    public const string PatchMalformed = "KB2005";
    public const string PatchHasNoAuthor = "KB2006";
    public const string PatchAlreadyApplied = "KB2007";
    public const string PatchConflicts = "KB2008";
    public const string PatchFileMissing = "KB2009";
    public const string PatchFileExists = "KB2010";
    public const string PatchPathUnsafe = "KB2011";
    public const string PatchMoved = "KB2012";
    public const string PatchEncodingInvalid = "KB2013";
    public const string SeriesFolderInUse = "KB2014";
    public const string PatchGuilty = "KB2015";
    public const string BisectionImpossible = "KB2016";
    public const string PatchMailDoubtful = "KB2017";
    public const string PatchThread = "KB2018";
    public const string PatchMended = "KB2019";
    public const string PatchNotMended = "KB2020";

    // Configuration
    public const string FragmentMissing = "KB3001";
    public const string FragmentLineInvalid = "KB3002";
    public const string SymbolUnknown = "KB3003";
    public const string SymbolNotSet = "KB3004";
    public const string DefconfigUnknown = "KB3005";
    public const string SymbolRequestedTwice = "KB3006";
    public const string ConfigurationFailed = "KB3007";
    public const string SymbolsOfTreeNotSet = "KB3008";
    public const string SymbolWithoutValue = "KB3009";
    public const string ModulesNotBuilt = "KB3010";
    public const string ModulesOff = "KB3011";
    public const string KernelVersionUnknown = "KB3012";
    public const string ConfigurationOfOtherKernel = "KB3013";
    public const string FragmentNotProved = "KB3014";
    public const string SymbolRenamed = "KB3015";

    // Compilation and toolchain
    public const string CompilerError = "KB4001";
    public const string CompilationFailed = "KB4002";
    public const string DeviceTreeError = "KB4003";
    public const string ToolMissing = "KB4004";
    public const string ToolFailed = "KB4005";
    public const string DeviceTreeMissing = "KB4006";
    public const string ToolInstallationFailed = "KB4007";
    public const string KernelImageUnsupported = "KB4008";
    public const string CompilerUnsuited = "KB4009";
    public const string SigningKeyOfBuild = "KB4010";
    public const string BuildConfigFailed = "KB4011";
    public const string BuildConfigUnsupported = "KB4012";
    public const string BuildConfigCommandsNotRun = "KB4013";
    public const string ExternalModuleInvalid = "KB4014";
    public const string CompilerCacheInvalid = "KB4015";
    public const string CompilerCacheDropped = "KB4016";
    public const string CompilerCacheReadOnly = "KB4017";
    public const string CompilerCacheUnrecorded = "KB4018";
    public const string BuildFarmInvalid = "KB4019";
    public const string BuildFarmUnusable = "KB4020";
    public const string BuildFarmLost = "KB4021";

    // Boot images
    public const string BootImageMagicMissing = "KB5001";
    public const string BootImageTruncated = "KB5002";
    public const string BootImageHeaderInvalid = "KB5003";
    public const string BootImageIdMismatch = "KB5004";
    public const string BootImageKernelDiffers = "KB5005";
    public const string BootImageRamdiskDiffers = "KB5006";
    public const string BootImageFieldTooLong = "KB5007";
    public const string BootImageDtbDiffers = "KB5008";
    public const string RamdiskEntryInvalid = "KB5009";
    public const string RamdiskFileMissing = "KB5010";
    public const string CompressedStreamInvalid = "KB5011";
    public const string CpioInvalid = "KB5012";
    public const string CompressionUnsupported = "KB5013";
    public const string BootImagePaddingNotZero = "KB5014";
    public const string BootImageSectionUnfit = "KB5015";
    public const string AvbFooterInvalid = "KB5016";
    public const string VbmetaInvalid = "KB5017";
    public const string AvbDescriptorInvalid = "KB5018";
    public const string AvbDigestDiffers = "KB5019";
    public const string AvbSignatureInvalid = "KB5020";
    public const string AvbNotSigned = "KB5021";
    public const string AvbKeyUntrusted = "KB5022";
    public const string AvbPolicy = "KB5023";
    public const string GkiCertificateStale = "KB5024";
    public const string ImageLargerThanPartition = "KB5025";
    public const string VendorRamdiskTableInvalid = "KB5026";
    public const string BootConfigInvalid = "KB5027";
    public const string DtboInvalid = "KB5028";
    public const string VendorFormNotRewritten = "KB5029";
    public const string AvbKeyInvalid = "KB5030";
    public const string EditImpossible = "KB5031";
    public const string DeviceTreeBlobInvalid = "KB5032";
    public const string RamdiskCompressionDiffers = "KB5033";
    public const string UnpackedFolderInvalid = "KB5034";
    public const string DeviceTreeInNoImage = "KB5035";
    public const string ModulesUnplaced = "KB5036";
    public const string SectionUnfit = "KB5037";
    public const string Avb1SignatureInvalid = "KB5038";
    public const string RamdiskArchives = "KB5039";
    public const string WouldOverwriteEdits = "KB5040";
    public const string ContainerInvalid = "KB5041";
    public const string PartitionNotInContainer = "KB5042";
    public const string PayloadIncremental = "KB5043";
    public const string NotLockable = "KB5044";
    public const string StockVbmetaRefuses = "KB5046";
    public const string DeviceTreesSeveral = "KB5060";

    // Device trees
    public const string DeviceTreeMagicMissing = "KB6001";
    public const string DeviceTreeTruncated = "KB6002";
    public const string DeviceTreeHeaderInvalid = "KB6003";
    public const string DeviceTreeStructureInvalid = "KB6004";
    public const string DeviceTreeNodeMissing = "KB6005";
    public const string PropertyMissing = "KB6006";
    public const string PropertyValueInvalid = "KB6007";
    public const string PhandleUnresolved = "KB6008";
    public const string SymbolMissing = "KB6009";
    public const string OverlayTargetMissing = "KB6010";
    public const string OverlayInvalid = "KB6011";
    public const string DtsUnprintable = "KB6012";
    public const string PropertyTextInvalid = "KB6013";
    public const string PhandleReplaced = "KB6014";

    // IOMMU
    public const string TopologyEmpty = "KB7001";
    public const string ExtendedSpaceMissing = "KB7002";
    public const string CaptureInvalid = "KB7003";
    public const string CaptureFailed = "KB7004";
    public const string HostBridgeMissing = "KB7005";
    public const string PciDeviceUnknown = "KB7006";
    public const string FixOnlyAsserted = "KB7007";
    public const string KernelVersionInvalid = "KB7008";
    public const string PredictionDiffers = "KB7009";
    public const string SourceTreeEmpty = "KB7010";
    public const string PortTypeMissing = "KB7011";
    public const string DriversMissing = "KB7012";
    public const string CaptureCut = "KB7013";
    public const string IdsMissing = "KB7014";
    public const string AcpiMachine = "KB7015";
    public const string DeviceNotGiven = "KB7016";
    public const string BusNotModelled = "KB7017";
    public const string IortInvalid = "KB7018";
    public const string GroupsFollowOrder = "KB7019";
    public const string MultifunctionBitMissing = "KB7020";
    public const string TextContradictsItself = "KB7021";
    public const string FixPartWritten = "KB7022";
    public const string IommuPropertyUnread = "KB7101";
    public const string IommusOnPciHost = "KB7102";
    public const string IommusBelowPciHost = "KB7103";
    public const string IommuMapUnreadable = "KB7104";
    public const string IommuMapEntryTooLong = "KB7105";
    public const string RequesterIdUncovered = "KB7106";
    public const string IommuNotCoherent = "KB7107";
    public const string StreamIdShared = "KB7108";
    public const string IommuMapMaskTooNarrow = "KB7109";
    public const string IommuReferenceUnusable = "KB7110";
    public const string IommuCompatibleUnknown = "KB7111";
    public const string IommuMapMisprogrammed = "KB7112";
    public const string IommuMapPlaceholder = "KB7113";
    public const string IommuMapMissing = "KB7114";
    public const string IommuBehindItself = "KB7115";

    // Kernel images
    public const string KernelNotRecognized = "KB8001";
    public const string KernelNotArm64 = "KB8002";
    public const string KernelTruncated = "KB8003";
    public const string KernelNestedTooDeep = "KB8004";
    public const string KallsymsMissing = "KB8005";
    public const string KernelBaseUnknown = "KB8006";
    public const string KernelSymbolUnknown = "KB8007";
    public const string ConfigurationMissing = "KB8008";
    public const string TypesMissing = "KB8009";
    public const string TableMissing = "KB8010";
    public const string PatchOldBytesDiffer = "KB8011";
    public const string PatchOutsideImage = "KB8012";
    public const string PatchOnlyAsserts = "KB8013";
    public const string PatchTextInvalid = "KB8014";
    public const string QuirkNotReplaceable = "KB8015";
    public const string KernelElfInvalid = "KB8016";
    public const string ModuleUnreadable = "KB8017";
    public const string SymversInvalid = "KB8018";
    public const string ModuleVermagicDiffers = "KB8019";
    public const string ModuleSymbolMissing = "KB8020";
    public const string ModuleSymbolVersionDiffers = "KB8021";
    public const string ModuleSymbolForbidden = "KB8022";
    public const string ModuleProviderRefused = "KB8023";
    public const string ModuleExportsTwice = "KB8024";
    public const string ModuleSignatureRefused = "KB8025";
    public const string ModuleCheckIncomplete = "KB8026";
    public const string ModuleListedMissing = "KB8027";
    public const string ModuleSourceEmpty = "KB8028";
    public const string KernelStringMissing = "KB8029";
    public const string VendorModulesRefused = "KB8030";
    public const string NoCallPath = "KB8031";
    public const string TypeUnknown = "KB8032";
    public const string KernelsNotAlike = "KB8033";

    // Emulation, devices, host
    public const string DeviceUnknown = "KB9001";
    public const string DeviceBusy = "KB9002";
    public const string DeviceInvalid = "KB9003";
    public const string HostUnsupported = "KB9004";
    public const string EmulationTimedOut = "KB9005";
    public const string EmulationFailed = "KB9006";
    public const string GroupsDiffer = "KB9007";
    public const string ExpectationInvalid = "KB9008";
    public const string NothingBuilt = "KB9009";
    public const string UsageInvalid = "KB9010";
    public const string Interrupted = "KB9011";
    public const string FileUnreadable = "KB9012";
    public const string ModulesNotLoaded = "KB9013";
    public const string GroupNotViable = "KB9014";
    public const string HostKernelLacks = "KB9015";
    public const string FunctionNotBound = "KB9016";
    public const string GuestCouldNotUse = "KB9017";
    public const string IsolationBroken = "KB9018";
    public const string ControlNotBroken = "KB9019";
    public const string DeviceNotFound = "KB9020";
    public const string DeviceAmbiguous = "KB9021";
    public const string DeviceLocked = "KB9022";
    public const string FlashProductDiffers = "KB9023";
    public const string PartitionMissing = "KB9024";
    public const string BackupImpossible = "KB9025";
    public const string DeviceModeWrong = "KB9026";
    public const string DeviceLost = "KB9027";
    public const string DeviceRefused = "KB9028";
    public const string JournalInvalid = "KB9029";
    public const string BackupDamaged = "KB9030";
    public const string RootMissing = "KB9031";
    public const string TrialBootFailed = "KB9032";
    public const string DeviceDiffers = "KB9033";
    public const string DeviceSilent = "KB9034";
    public const string PipelineStale = "KB9040";
    public const string PipelineNotGenerated = "KB9041";
    public const string ArtifactEntryDamaged = "KB9042";
    public const string CellKeyUnknown = "KB9043";
    public const string CellInputsDiffer = "KB9044";
    public const string ArtifactStoreUnusable = "KB9045";
    public const string FunctionInUse = "KB9046";
    public const string DriverNotRestored = "KB9047";
    public const string DownloadTooLarge = "KB9048";
    public const string FetchImpossible = "KB9049";
    public const string ManifestUnreadable = "KB9050";
    public const string ArtifactDiffers = "KB9051";
    public const string ArtifactContradicts = "KB9052";
    public const string ArtifactSignatureBad = "KB9053";
    public const string ArtifactNotVouchedFor = "KB9054";
    public const string NotReproducible = "KB9055";
    public const string ArtifactKeyUnusable = "KB9056";

    /// <summary>Whether a code blames the usage or the host rather than what was to be built: exit code 2 instead of 1.</summary>
    public static bool IsUsageOrEnvironment(string code) =>
        code is ToolMissing or ToolInstallationFailed or HostUnsupported or DeviceUnknown or DeviceBusy or UsageInvalid or DiskFull
            or FileUnreadable or DriversMissing or DeviceNotFound or DeviceAmbiguous or DeviceModeWrong or RootMissing
            or ArtifactStoreUnusable;

    /// <summary>Every code of the table.</summary>
    public static FrozenSet<string> All { get; } = typeof(DiagnosticCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral)
        .Select(field => (string)field.GetRawConstantValue()!)
        .ToFrozenSet(StringComparer.Ordinal);
}
