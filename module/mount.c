// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file system msgqfs; the model is described in mount.h.
 *
 * Locks: svipc_settings_lock to apply options.  The kernel mounts, changes and ends
 * a file system under the lock of its super block.  A mounted file system holds
 * the module, and its super block the instance.
 */
#include <linux/capability.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/stringhash.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include <msgq.h>

#include "compat/fs.h"
#include "ipc/instance.h"
#include "ipc/setting.h"
#include "device.h"
#include "mount.h"

/* "msgq" */
#define MOUNT_MAGIC	0x6d736771

/**
 * struct mount_instance - the instance of a file system
 * @instance: the instance
 * @file: the inode of the one file, which its super block keeps
 */
struct mount_instance {
	struct svipc_instance instance;
	struct inode *file;
};

/**
 * struct mount_options - what a mount or remount asks for
 * @uid: owner of the file
 * @gid: group of the file
 * @mode: permission bits of the file
 * @given: which of these three: bits by &enum mount_option; and above them the
 *	settings, by number
 * @values: of the settings
 */
struct mount_options {
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	unsigned long given;
	int values[SVIPC_SETTINGS_MOST];
};

enum mount_option {
	OPTION_UID,
	OPTION_GID,
	OPTION_MODE,
	FIRST_SETTING,
};

static const struct fs_parameter_spec parameters[] = {
	fsparam_u32("uid", OPTION_UID),
	fsparam_u32("gid", OPTION_GID),
	fsparam_u32oct("mode", OPTION_MODE),
	{}
};

static struct mount_instance *instance_of(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static void free_mount_instance(struct svipc_instance *instance)
{
	kfree(container_of(instance, struct mount_instance, instance));
}

static long mount_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mount_instance *mount = instance_of(file_inode(file)->i_sb);

	return msgq_device_ioctl_in(&mount->instance, cmd, arg);
}

static const struct file_operations mount_file_ops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.unlocked_ioctl = mount_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* An option that is not about the file; -ENOPARAM if there is no such setting. */
static int parse_setting(struct fs_context *fc, struct fs_parameter *param)
{
	struct mount_options *options = fc->fs_private;
	const struct svipc_setting *setting;
	unsigned int i;
	int value;

	for (i = 0; (setting = svipc_setting_at(i)); i++)
		if (setting->ceiling && !strcmp(param->key, setting->name))
			break;
	if (!setting)
		return -ENOPARAM;
	if (param->type != fs_value_is_string ||
	    kstrtoint(param->string, 0, &value) || value < 0 ||
	    value > setting->most)
		return invalf(fc, "%s is not between 0 and %d", setting->name,
			      setting->most);

	options->values[i] = value;
	options->given |= BIT(FIRST_SETTING + i);
	return 0;
}

static int parse_option(struct fs_context *fc, struct fs_parameter *param)
{
	struct mount_options *options = fc->fs_private;
	struct fs_parse_result result;
	int option = fs_parse(fc, parameters, param, &result);

	switch (option) {
	case -ENOPARAM:
		return parse_setting(fc, param);
	case OPTION_UID:
		options->uid = make_kuid(fc->user_ns, result.uint_32);
		if (!uid_valid(options->uid))
			return invalf(fc, "uid is not mapped");
		break;
	case OPTION_GID:
		options->gid = make_kgid(fc->user_ns, result.uint_32);
		if (!gid_valid(options->gid))
			return invalf(fc, "gid is not mapped");
		break;
	case OPTION_MODE:
		if (result.uint_32 & ~0777)
			return invalf(fc, "mode has other bits than 0777");
		options->mode = result.uint_32;
		break;
	default:
		return option;
	}
	options->given |= BIT(option);
	return 0;
}

static bool settings_permitted(const struct mount_options *options,
			       const struct svipc_instance *instance)
{
	const struct svipc_setting *setting;
	unsigned int i;

	lockdep_assert_held(&svipc_settings_lock);

	for (i = 0; (setting = svipc_setting_at(i)); i++)
		if (options->given & BIT(FIRST_SETTING + i) &&
		    !svipc_setting_permitted(setting, instance,
					     options->values[i]))
			return false;
	return true;
}

static void apply_settings(const struct mount_options *options,
			   const struct svipc_instance *instance)
{
	const struct svipc_setting *setting;
	unsigned int i;

	lockdep_assert_held(&svipc_settings_lock);

	for (i = 0; (setting = svipc_setting_at(i)); i++)
		if (options->given & BIT(FIRST_SETTING + i))
			svipc_setting_set(setting, instance,
					  options->values[i]);
}

/* Apply all options, or none and return -EPERM. */
static int apply_options(const struct mount_options *options,
			 struct mount_instance *mount)
{
	struct inode *file = mount->file;
	bool permitted;

	mutex_lock(&svipc_settings_lock);
	permitted = settings_permitted(options, &mount->instance);
	if (permitted)
		apply_settings(options, &mount->instance);
	mutex_unlock(&svipc_settings_lock);
	if (!permitted)
		return -EPERM;

	if (options->given & BIT(OPTION_UID))
		file->i_uid = options->uid;
	if (options->given & BIT(OPTION_GID))
		file->i_gid = options->gid;
	if (options->given & BIT(OPTION_MODE))
		file->i_mode = S_IFREG | options->mode;
	return 0;
}

static int show_options(struct seq_file *file, struct dentry *root)
{
	struct mount_instance *mount = instance_of(root->d_sb);
	/* The namespace of the reader is not known, and a remount reads them in this. */
	struct user_namespace *user_ns = root->d_sb->s_user_ns;
	const struct svipc_setting *setting;
	unsigned int i;

	seq_printf(file, ",uid=%u,gid=%u,mode=%03o",
		   from_kuid_munged(user_ns, mount->file->i_uid),
		   from_kgid_munged(user_ns, mount->file->i_gid),
		   mount->file->i_mode & 0777);
	for (i = 0; (setting = svipc_setting_at(i)); i++)
		if (setting->ceiling)
			seq_printf(file, ",%s=%d", setting->name,
				   svipc_setting_get(setting, &mount->instance));
	return 0;
}

static const struct super_operations mount_super_ops = {
	.statfs = simple_statfs,
	.show_options = show_options,
};

/* Make the directory and its file. */
static int make_files(struct super_block *sb, struct mount_instance *mount)
{
	/* The kernel gives the root the number 1, and each file its index. */
	struct tree_descr files[] = {
		[2] = {
			.name = MSGQ_DEVICE_NAME,
			.ops = &mount_file_ops,
			.mode = S_IFREG | 0666,
		},
		{ "" },
	};
	struct qstr name = QSTR_INIT(MSGQ_DEVICE_NAME,
				     strlen(MSGQ_DEVICE_NAME));
	struct dentry *dentry;
	int err;

	err = simple_fill_super(sb, MOUNT_MAGIC, files);
	if (err)
		return err;

	sb->s_op = &mount_super_ops;
	/* The file cannot be made longer: it has no contents. */
	sb->s_maxbytes = 0;
	name.hash = full_name_hash(sb->s_root, name.name, name.len);
	dentry = d_lookup(sb->s_root, &name);
	mount->file = d_inode(dentry);
	dput(dentry);
	return 0;
}

static int fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct mount_instance *mount;
	int err;

	mount = kzalloc(sizeof(*mount), GFP_KERNEL_ACCOUNT);
	if (!mount)
		return -ENOMEM;

	mount->instance.id = new_encode_dev(sb->s_dev);
	mount->instance.mounted = true;
	err = svipc_instance_init(&mount->instance, sb->s_user_ns,
				  free_mount_instance);
	if (err) {
		kfree(mount);
		return err;
	}

	/* From here on kill_mount() frees it. */
	sb->s_fs_info = mount;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	return make_files(sb, mount) ?: apply_options(fc->fs_private, mount);
}

static int get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, fill_super);
}

static int reconfigure(struct fs_context *fc)
{
	return apply_options(fc->fs_private, instance_of(fc->root->d_sb));
}

static void free_options(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations context_ops = {
	.free = free_options,
	.parse_param = parse_option,
	.get_tree = get_tree,
	.reconfigure = reconfigure,
};

static struct file_system_type mount_type;

static int init_context(struct fs_context *fc)
{
	struct mount_options *options;

	/* Later it would be refused as well, but errors in options would be logged. */
	if (!ns_capable(fc->user_ns, CAP_SYS_ADMIN) ||
	    (fc->user_ns != &init_user_ns &&
	     !(mount_type.fs_flags & FS_USERNS_MOUNT)))
		return -EPERM;

	options = kzalloc(sizeof(*options), GFP_KERNEL);
	if (!options)
		return -ENOMEM;

	fc->fs_private = options;
	fc->ops = &context_ops;
	return 0;
}

static void kill_mount(struct super_block *sb)
{
	struct mount_instance *mount = instance_of(sb);

	/* The next file system may get the same id as soon as it is given back. */
	if (mount)
		svipc_instance_hide(&mount->instance);
	kill_litter_super(sb);
	if (mount) {
		svipc_instance_end(&mount->instance);
		svipc_instance_put(&mount->instance);
	}
}

static struct file_system_type mount_type = {
	.owner = THIS_MODULE,
	.name = "msgqfs",
	.init_fs_context = init_context,
	.parameters = parameters,
	.kill_sb = kill_mount,
};

/**
 * msgq_mount_init() - let the file system be mounted
 * @in_user_ns: also by root of another user namespace than the initial one
 *
 * Context: while the module is loaded, when all else is ready.
 * Return: 0, or an errno.
 */
int msgq_mount_init(bool in_user_ns)
{
	if (in_user_ns)
		mount_type.fs_flags |= FS_USERNS_MOUNT;
	return register_filesystem(&mount_type);
}

/**
 * msgq_mount_exit() - let it be mounted no more
 *
 * Context: while the module is unloaded; it is mounted nowhere.
 */
void msgq_mount_exit(void)
{
	unregister_filesystem(&mount_type);
}
