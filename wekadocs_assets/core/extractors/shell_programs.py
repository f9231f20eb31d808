"""Word lists about common shell programs: those with and without subcommands, builtins, verbs, English stop words.

Add a common Unix program here. Programs of a documented product do not belong here: they come from the vocabulary.
"""

from __future__ import annotations

SUBCOMMAND_DEPTH = {
    "apt": 1, "apt-get": 1, "apt-cache": 1, "yum": 1, "dnf": 1, "zypper": 1, "apk": 1, "brew": 1, "snap": 1, "pacman": 0, "pip": 1,
    "pip3": 1, "npm": 1, "conda": 1, "cargo": 1, "go": 1, "gem": 1, "git": 1, "svn": 1, "systemctl": 1, "journalctl": 0,
    "loginctl": 1, "timedatectl": 1, "hostnamectl": 1, "localectl": 1, "terraform": 1, "tofu": 1, "vagrant": 1, "packer": 1,
    "kubectl": 1, "oc": 1, "helm": 1, "kind": 2, "minikube": 1, "k3s": 1, "kubeadm": 2, "eksctl": 2, "crictl": 1, "docker": 1,
    "podman": 1, "buildah": 1, "skopeo": 1, "nerdctl": 1, "aws": 2, "az": 6, "gcloud": 6, "gsutil": 1, "oci": 6, "ibmcloud": 3,
    "ip": 2, "nmcli": 2, "ufw": 1, "cryptsetup": 1, "zfs": 1, "zpool": 1, "btrfs": 2, "mc": 2, "mst": 1, "devlink": 2, "rdma": 2,
    "ethtool": 0, "virsh": 1, "openssl": 1, "vault": 2, "consul": 1, "nomad": 2, "ipmitool": 2, "nvme": 1, "mdadm": 0,
    "update-grub": 0, "dkms": 1, "alternatives": 0, "update-alternatives": 0, "semanage": 1, "parted": 0, "s3cmd": 1, "rclone": 1,
    "perf": 1, "bpftool": 2, "tc": 2, "bridge": 2, "networkctl": 1, "resolvectl": 1, "machinectl": 1, "authselect": 1, "realm": 1,
    "subscription-manager": 1, "tuned-adm": 1, "grubby": 0, "ostree": 1, "flatpak": 1, "make": 0, "ssm": 1, "spack": 1, "module": 1,
}  # fmt: skip
"""Program -> maximum number of subcommands in a command's name (0: all words after it are values)."""

SUBGROUPS = frozenset(
    """config rollout auth certificate repo plugin compose container image volume network system buildx remote stash
    submodule workspace state addons cluster bootstrap token context worktree registry dependency""".split()
)
"""Subcommands of programs with depth 1 that have subcommands themselves: one more word belongs to the name."""

WITHOUT_SUBCOMMANDS = frozenset(
    """adduser arp awk badblocks base64 basename bash blkdiscard blkid bootctl bunzip2 bzip2 cat cd chattr chgrp chkconfig chmod chown
    chpasswd chroot chsh cmp column cp cpupower crontab curl cut date dd debconf-set-selections debootstrap depmod df diff dig dirname
    dmesg dmidecode dmsetup dos2unix dpkg dpkg-reconfigure dracut du dumpe2fs e2label echo efibootmgr egrep ethtool exportfs false fdisk
    fgrep file find findmnt fio firewall-cmd fish free fsck ftp fuser gcc gdb gdisk getconf getenforce getent getfacl getfattr gpasswd
    gpg grep groupadd groups grub-install grub-mkconfig grub2-mkconfig gunzip gzip hdparm head hexdump host hostid hostname htop
    hwclock hwinfo id ifconfig ifdown ifup insmod install iostat iperf iperf3 iptables ipcalc iscsiadm jq kexec kill killall ksh last
    ldapsearch ldconfig ldd less ln ls lsattr lsblk lscpu lshw lsinitramfs lsmod lsof lspci lsscsi lsusb lvcreate lvs mail man md5sum
    mkdir mkdosfs mkfifo mke2fs mkfs mkfs.ext4 mkfs.vfat mkfs.xfs mkinitramfs mknod mkswap mktemp modinfo modprobe more mount mount.nfs
    mpirun mpstat mtr multipath mv nano nc ncat netstat newfs nfsstat nice nmap nproc nslookup ntpdate ntpq numactl numastat
    openssl passwd partprobe pdsh perl pgrep ping ping6 pkill pmap poweroff printf ps pstree pvcreate pvs pwd python python2 python3
    qemu-img readlink reboot renice reset resize2fs rm rmdir rmmod route rpcinfo rpm rsync sbatch scancel scontrol scp screen sed
    seq service setenforce setfacl setfattr setpci sftp sgdisk sh sha1sum sha256sum sha512sum shasum showmount shred shutdown sinfo sleep
    smartctl sort split squeue srun ss ssh ssh-add ssh-copy-id ssh-keygen ssh-keyscan ssldump stat strace strings su swapoff swapon sync
    sysctl tac tail tar taskset tcpdump tee telnet test time timeout tmux top touch tr tracepath traceroute tree truncate tune2fs udevadm
    umount uname uniq unlink unxz unzip update-initramfs uptime useradd userdel usermod vgcreate vi vim visudo vmstat vgs w watch wc wget
    which whoami wipefs xargs xfs_admin xfs_info xxd xz yes zcat zdb zed zgrep zip zsh ntpstat chronyc mokutil update-ca-certificates
    update-ca-trust rdmsr turbostat lstopo ibstat ibv_devinfo ibdev2netdev ofed_info mlxconfig mlxfwmanager mlnx_tune sysbench ansible
    ansible-playbook mkinitcpio mkconf grub-probe grub-reboot efivar init telinit runlevel logger logrotate rsyslogd nfsd statd rpc.statd
    autoreconf autogen.sh configure cmake ninja meson rpmbuild fakeroot alien dpkg-buildpackage sg_persist lsb_release
    gpart pkg""".split()
)
"""Programs without subcommands: every word after them is an argument."""

ENGLISH_WORDS = frozenset(
    """at cat column cut date diff file find free groups head host id init install kill last less link mail make man module more mount
    nice oc patch ping printf realm reset route screen select service set sleep snap sort split stat strings sync tail tee test time
    timeout top touch tree uniq watch which yes configure kind go bridge perf vault brew conda packer alternatives truncate wait w mc tc ip
    install shred reboot shutdown container""".split()
)
"""Programs whose names are English words: a line that starts with one needs further evidence to be a command."""

OUTPUT_FILTERS = frozenset(
    "awk cd column cut echo false grep egrep fgrep head jq less more printf sed sort tail tee tr true uniq wc xargs".split()
)
"""Programs that only filter or format output: after a pipe they are not commands of interest."""

BUILTINS = frozenset(
    """alias break bg continue declare eval exit export fg local read readonly return set shift source test trap true false typeset
    ulimit umask unset wait : [ [[ ]] . local""".split()
)
"""Builtin commands of the shell."""

VERBS = frozenset(
    """abort activate add allow annotate append apply approve assign assume attach backup build cancel change check clear clone close
    commit connect copy cordon create deactivate delete deploy deregister describe destroy detach diff disable disconnect down download
    drain dump edit enable eject evict exec execute expand export fetch flush forget format freeze generate get grant import init
    initialize inspect install invoke join kill label leave limit link list load lock login logout logs ls migrate modify mount move
    mute new offline online open patch pause peek ping plan port-forward prefetch promote prune ps publish pull purge push put query read
    rebalance reboot receive recover recv refresh register reject release reload remove rename render renew repair replace report rescan
    reset resign resize restart restore resume resync revert revoke rm rollback rotate run save scale scan scrub search send set 
    show shrink shutdown sign snapshot split start stat stop submit suspend switch sync tag taint terminate test top trigger trim
    uncordon undo unfreeze uninstall unlink unlock unmount unmute unset up update upgrade upload use validate verify view wait whoami
    wipe write zap""".split()
)
"""Subcommands that are verbs: the word after one is usually its object, a value."""

STOP_WORDS = frozenset(
    """a an and any are as at be because been but can does each for from has have if in into is it its not of on or our should so such
    than that the their then there these they this those to was were when where which while will with you your""".split()
)
"""Function words of English, which are rare in command lines."""
